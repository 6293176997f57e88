using System.Text;

namespace FineTuneAspire.LocalModel;

/// <summary>Answers chats with a model. Safe for concurrent calls: each has its own cache of keys and values.</summary>
public sealed class ChatGenerator(LanguageModel model)
{
    /// <summary>The assistant's answer piece by piece; the last piece has the finish reason.</summary>
    /// <exception cref="PromptTooLongException">The messages leave no room for a single token.</exception>
    /// <exception cref="ArgumentException">A role is unknown or an option out of range.</exception>
    public IEnumerable<GeneratedToken> Generate(IReadOnlyList<ChatMessage> messages, SamplingOptions options, CancellationToken cancellation = default)
    {
        var prompt = ChatTemplate.EncodePrompt(model, messages);
        if (prompt.Length >= model.Config.ContextLength) throw new PromptTooLongException(prompt.Length, model.Config.ContextLength);
        return Answer(prompt, options.Checked(), cancellation);
    }

    private IEnumerable<GeneratedToken> Answer(int[] prompt, SamplingOptions options, CancellationToken cancellation)
    {
        var session = new DecodingSession(model);
        var sampler = new Sampler(options);
        var text = new TextStream(model.Tokenizer);
        var stops = new StopTexts(options.Stop);
        var limit = Math.Min(options.MaxTokens ?? int.MaxValue, model.Config.ContextLength - prompt.Length);
        // A model may have rows beyond its tokenizer's vocabulary, as padded checkpoints do; they have no text and are never chosen.
        var choices = model.Tokenizer.VocabularySize;
        var next = sampler.Next(session.Read(prompt)[..choices]);
        for (var generated = 1; ; generated++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (next == model.Tokenizer.End)
            {
                yield return Piece(stops.Push(text.Finish()) + stops.Finish(), FinishReason.Stop);
                yield break;
            }
            var certain = stops.Push(text.Push(next));
            if (stops.Found)
            {
                yield return Piece(certain, FinishReason.Stop);
                yield break;
            }
            if (generated == limit)
            {
                certain += stops.Push(text.Finish());
                yield return stops.Found ? Piece(certain, FinishReason.Stop) : Piece(certain + stops.Finish(), FinishReason.Length);
                yield break;
            }
            yield return Piece(certain, null);
            next = sampler.Next(session.Read([next])[..choices]);

            GeneratedToken Piece(string piece, FinishReason? finish) => new(piece, finish, prompt.Length, generated);
        }
    }

    /// <summary>Holds back text that may be the beginning of a stop text until that is certain.</summary>
    private sealed class StopTexts(IReadOnlyList<string> stops)
    {
        private readonly StringBuilder _pending = new();

        public bool Found { get; private set; }

        public string Push(string text)
        {
            if (stops.Count == 0) return text;
            var pending = _pending.Append(text).ToString();
            var first = stops.Select(stop => pending.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
            Found = first >= 0;
            var certain = Found ? first : pending.Length - stops.Max(stop => LongestBeginningAtEnd(pending, stop));
            _pending.Clear().Append(pending, certain, pending.Length - certain);
            return pending[..certain];
        }

        public string Finish() => Found ? "" : _pending.ToString();

        private static int LongestBeginningAtEnd(string text, string stop)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > 0; length--)
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) return length;
            return 0;
        }
    }
}

using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.Pretraining;

/// <summary>
/// The endless, seeded text that a base is pre-trained on, all of it made by rules in this folder: two fifths copy tasks, three fifths
/// reviews, stories, requests, sums and first-or-last. Questions are chats of one or several turns in the chat template.
/// </summary>
internal sealed class Corpus(long seed)
{
    /// <summary>Plain strings, enough of each kind to learn a tokenizer from.</summary>
    public IEnumerable<string> Texts(int count)
    {
        var random = SeededRandom.For(seed, part: 1);
        for (var i = 0; i < count; i++)
        {
            if (random.Next(5) < 2)
            {
                var (question, answer) = CopyTasks.Next(random);
                yield return question + "\n" + answer;
            }
            else yield return Plain(random);
        }
    }

    /// <param name="longest">The context length; most examples are far shorter, a few fill it.</param>
    public IEnumerable<TrainingExample> Examples(Tokenizer tokenizer, int longest)
    {
        var random = SeededRandom.For(seed, part: 2);
        while (true)
        {
            var room = random.Next(20) switch { 0 => longest, < 5 => longest / 2, _ => longest / 5 };
            yield return random.Next(10) < 6 ? Chat(random, tokenizer, room) : Text(random, tokenizer, room);
        }
    }

    /// <summary>Copy tasks of one turn that training never saw, for measuring.</summary>
    public IEnumerable<(string Question, string Answer)> HeldOutCopyTasks()
    {
        var random = SeededRandom.For(seed, part: 3);
        while (true) yield return CopyTasks.Next(random);
    }

    // As many turns as fit; at least one. Only answers are learnt: the questions are too random to be worth predicting.
    private static TrainingExample Chat(SeededRandom random, Tokenizer tokenizer, int room)
    {
        List<ChatMessage> messages = [];
        if (random.Next(8) == 0) messages.Add(new("system", Words.Pick(random, "answer briefly.", "you are a helpful assistant.", PlainText.Request(random) + ".")));
        TrainingExample? fitting = null;
        for (var turns = 1 + random.Next(3) + (room > 200 ? 20 : 0); turns > 0; turns--)
        {
            var (question, answer) = random.Next(3) switch { < 2 => CopyTasks.Next(random), _ when random.Next(2) == 0 => PlainText.Sum(random), _ => PlainText.FirstOrLast(random) };
            messages.Add(new("user", question));
            messages.Add(new("assistant", answer));
            var longer = ChatTemplate.Encode(tokenizer, messages);
            if (longer.Tokens.Length > room && fitting is not null) break;
            fitting = longer;
        }
        return fitting!;
    }

    private static TrainingExample Text(SeededRandom random, Tokenizer tokenizer, int room)
    {
        var text = Plain(random);
        while (room > 200 && tokenizer.Encode(text).Length < room - 120) text += "\n" + Plain(random);
        int[] tokens = [tokenizer.Begin, .. tokenizer.Encode(text), tokenizer.End];
        return new TrainingExample(tokens, [.. tokens.Select((_, i) => i > 0)]);
    }

    private static string Plain(SeededRandom random) => random.Next(4) switch
    {
        < 2 => PlainText.Review(random),
        2 => PlainText.Story(random),
        _ => PlainText.Request(random),
    };
}

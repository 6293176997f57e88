using System.Text;

namespace FineTuneAspire.LocalModel;

/// <summary>Learns the merges of a <see cref="Tokenizer"/>: again and again the most frequent neighbouring pair becomes a token.</summary>
public static class TokenizerTraining
{
    /// <param name="vocabularySize">At least 264 (256 bytes and 8 special tokens). Fewer merges are made when the texts have no more pairs.</param>
    public static Tokenizer Train(IEnumerable<string> texts, int vocabularySize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, Tokenizer.FirstMerge);
        var words = CountChunks(texts);
        List<(int Left, int Right)> merges = [];
        while (Tokenizer.FirstMerge + merges.Count < vocabularySize && MostFrequentPair(words) is { } pair)
        {
            var id = Tokenizer.FirstMerge + merges.Count;
            merges.Add(pair);
            foreach (var (tokens, _) in words) Replace(tokens, pair, id);
        }
        return new Tokenizer(merges);
    }

    private static List<(List<int> Tokens, int Count)> CountChunks(IEnumerable<string> texts)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text);
            while (bytes.Length > 0)
            {
                var length = Chunking.NextLength(bytes);
                var chunk = Encoding.Latin1.GetString(bytes[..length]);
                counts[chunk] = counts.GetValueOrDefault(chunk) + 1;
                bytes = bytes[length..];
            }
        }
        return [.. counts.Where(chunk => chunk.Key.Length > 1).OrderBy(chunk => chunk.Key, StringComparer.Ordinal)
            .Select(chunk => (chunk.Key.Select(character => (int)character).ToList(), chunk.Value))];
    }

    // Ties go to the smaller pair, so that the same texts always give the same tokenizer.
    private static (int Left, int Right)? MostFrequentPair(List<(List<int> Tokens, int Count)> words)
    {
        Dictionary<(int Left, int Right), int> counts = [];
        foreach (var (tokens, count) in words)
            for (var i = 0; i + 1 < tokens.Count; i++)
                counts[(tokens[i], tokens[i + 1])] = counts.GetValueOrDefault((tokens[i], tokens[i + 1])) + count;
        return counts.Count == 0 ? null : counts.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).First().Key;
    }

    private static void Replace(List<int> tokens, (int Left, int Right) pair, int id)
    {
        for (var i = 0; i + 1 < tokens.Count; i++)
        {
            if (tokens[i] != pair.Left || tokens[i + 1] != pair.Right) continue;
            tokens[i] = id;
            tokens.RemoveAt(i + 1);
        }
    }
}

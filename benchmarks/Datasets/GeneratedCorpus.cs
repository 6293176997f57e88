namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>
/// Seeded texts of 40 to 300 words, drawn by Zipf's law from 30,000 made-up words, so that unrelated texts share some shingles as real ones do.
/// Every tenth text has a copy with a share of its words changed, dropped or doubled: enough that the pairs lie on both sides of any threshold.
/// </summary>
internal sealed class GeneratedCorpus(int seed)
{
    private const int Vocabulary = 30_000;
    private readonly Random random = new(seed);
    private readonly string[] words = MadeUpWords(seed);

    /// <returns>A text and, for every tenth, the words of its copy.</returns>
    public (string[] Text, string[]? Copy) Next()
    {
        var text = new string[random.Next(40, 300)];
        for (var i = 0; i < text.Length; i++) text[i] = Word();
        return (text, random.Next(10) == 0 ? Edited(text) : null);
    }

    private string[] Edited(string[] text)
    {
        var edits = random.Next((int)(text.Length * 0.15) + 1);
        List<string> copy = [.. text];
        for (var i = 0; i < edits; i++)
        {
            var place = random.Next(copy.Count);
            switch (random.Next(4))
            {
                case 0: copy.RemoveAt(place); break;
                case 1: copy.Insert(place, copy[place]); break;
                default: copy[place] = Word(); break;
            }
        }
        return [.. copy];
    }

    // The inverse of the distribution function of 1/rank.
    private string Word() => words[(int)Math.Exp(random.NextDouble() * Math.Log(Vocabulary))];

    private static string[] MadeUpWords(int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, Vocabulary).Select(rank => string.Create(2 + (int)Math.Log2(rank + 2) / 3 + random.Next(5), random, static (span, source) =>
        {
            foreach (ref var c in span) c = (char)('a' + source.Next(26));
        }))];
    }
}

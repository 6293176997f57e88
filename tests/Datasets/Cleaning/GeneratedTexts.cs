namespace FineTuneAspire.Datasets.Tests.Cleaning;

/// <summary>Seeded texts and copies of them with a known number of changed words.</summary>
internal sealed class GeneratedTexts(int seed)
{
    private readonly Random random = new(seed);

    public string[] Words(int count) => [.. Enumerable.Range(0, count).Select(_ => Word())];

    /// <summary>Each change replaces a word by a new one, and so every shingle of the three that it stands in.</summary>
    public string[] Changed(string[] words, int changes)
    {
        var copy = words.ToArray();
        for (var i = 0; i < changes; i++) copy[random.Next(copy.Length)] = Word();
        return copy;
    }

    public int Next(int bound) => random.Next(bound);

    /// <summary>Of shingles of three words as plain strings, so that nothing of the code under test decides.</summary>
    public static double Jaccard(string[] a, string[] b)
    {
        var (setA, setB) = (Shingles(a), Shingles(b));
        var shared = setA.Count(setB.Contains);
        return (double)shared / (setA.Count + setB.Count - shared);
    }

    private static HashSet<string> Shingles(string[] words) => [.. Enumerable.Range(0, words.Length - 2).Select(i => string.Join(' ', words.AsSpan(i, 3)))];

    private string Word() => string.Create(3 + random.Next(6), random, (span, source) =>
    {
        foreach (ref var c in span) c = (char)('a' + source.Next(26));
    });
}

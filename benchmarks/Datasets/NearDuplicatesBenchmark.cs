using System.Text;
using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>
/// Recall over the planted pairs whose true similarity is at least 0.85, precision over all pairs found; the true similarity is worked out from
/// shingles as plain strings, apart from the code under test. Then speed and memory over a larger corpus, most of it on disk.
/// </summary>
internal static class NearDuplicatesBenchmark
{
    private const int QualityTexts = 20_000;
    private const double Threshold = 0.8;

    public static List<Row> Run(int megabytes) => [.. Quality(), .. Speed(megabytes)];

    private static IEnumerable<Row> Quality()
    {
        GeneratedCorpus corpus = new(seed: 1);
        List<string[]> texts = [];
        List<(int Text, int Copy)> planted = [];
        for (var i = 0; i < QualityTexts; i++)
        {
            var (text, copy) = corpus.Next();
            if (copy is not null) planted.Add((texts.Count, texts.Count + 1));
            texts.Add(text);
            if (copy is not null) texts.Add(copy);
        }

        using NearDuplicates search = new(new() { Threshold = Threshold, MemoryLimit = 1 << 20 });
        foreach (var text in texts) search.Add(string.Join(' ', text));
        var found = search.Find().ToList();

        var alike = planted.Where(pair => Jaccard(texts[pair.Text], texts[pair.Copy]) >= 0.85).ToList();
        var recalled = alike.Count(pair => search.Clusters.Of(pair.Text) == search.Clusters.Of(pair.Copy));
        var right = found.Count(pair => Jaccard(texts[pair.Row], texts[pair.Earlier]) >= Threshold);
        Console.WriteLine($"near duplicates: {texts.Count} texts, {planted.Count} planted pairs, {alike.Count} of similarity 0.85 or more, {recalled} of them found; "
            + $"{found.Count} pairs found, {right} of similarity {Threshold} or more");
        yield return new("near_dup_recall", (double)recalled / alike.Count, "of pairs with J >= 0.85");
        yield return new("near_dup_precision", (double)right / found.Count, "of pairs found, J >= 0.8");
    }

    private static IEnumerable<Row> Speed(int megabytes)
    {
        const int Batch = 2000;
        GeneratedCorpus corpus = new(seed: 2);
        using NearDuplicates search = new(new() { Threshold = Threshold });
        Add(search, Texts(corpus, Batch));   // warm-up

        long bytes = 0;
        double adding = 0;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        while (bytes < megabytes * 1_000_000L)
        {
            var texts = Texts(corpus, Batch);
            bytes += texts.Sum(Encoding.UTF8.GetByteCount);
            var start = Environment.CpuUsage.TotalTime;
            Add(search, texts);
            adding += (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        }
        var searchStart = Environment.CpuUsage.TotalTime;
        var found = search.Find().Count();
        var searching = (Environment.CpuUsage.TotalTime - searchStart).TotalSeconds;
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"near duplicates: {search.Rows} texts of {bytes / 1e6:0} MB: {adding:0.0} CPU-s to add, {searching:0.0} to search, {found} pairs");
        yield return new("near_dup_mb_per_cpu_s", bytes / 1e6 / (adding + searching), "MB of text per CPU-s");
        yield return new("near_dup_memory_mb", held / 1e6, $"MB held, of {bytes / 1e6:0} MB of text");
    }

    private static string[] Texts(GeneratedCorpus corpus, int count)
    {
        List<string> texts = [];
        while (texts.Count < count)
        {
            var (text, copy) = corpus.Next();
            texts.Add(string.Join(' ', text));
            if (copy is not null) texts.Add(string.Join(' ', copy));
        }
        return [.. texts];
    }

    private static void Add(NearDuplicates search, string[] texts)
    {
        foreach (var text in texts) search.Add(text);
    }

    private static double Jaccard(string[] a, string[] b)
    {
        var (setA, setB) = (Shingles(a), Shingles(b));
        var shared = setA.Count(setB.Contains);
        return (double)shared / (setA.Count + setB.Count - shared);
    }

    private static HashSet<string> Shingles(string[] words) => [.. Enumerable.Range(0, words.Length - 2).Select(i => string.Join(' ', words.AsSpan(i, 3)))];
}

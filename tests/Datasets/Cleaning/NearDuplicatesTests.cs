using System.ComponentModel.DataAnnotations;
using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Tests.Cleaning;

public sealed class NearDuplicatesTests : IDisposable
{
    private readonly DirectoryInfo temp = Directory.CreateTempSubdirectory("near-duplicates-tests-");

    [Fact]
    public void Finds_planted_duplicates_and_nothing_below_the_threshold()
    {
        GeneratedTexts texts = new(seed: 1);
        List<string[]> rows = [];
        List<(int First, int Second, double Similarity)> planted = [];
        for (var i = 0; i < 1500; i++)
        {
            var original = texts.Words(60 + texts.Next(80));
            var copy = texts.Changed(original, texts.Next(10));
            planted.Add((rows.Count, rows.Count + 1, GeneratedTexts.Jaccard(original, copy)));
            rows.AddRange([original, copy]);
        }

        var (found, clusters) = Search(rows.Select(words => string.Join(' ', words)));

        var alike = planted.Where(pair => pair.Similarity >= 0.85).ToList();
        Assert.InRange(alike.Count, 400, 1200);   // both sides of the threshold are planted
        var recall = alike.Count(pair => clusters.Of(pair.First) == clusters.Of(pair.Second)) / (double)alike.Count;
        Assert.True(recall >= 0.98, $"recall {recall}");
        var similarity = planted.ToDictionary(pair => (pair.Second, pair.First), pair => pair.Similarity);
        Assert.All(found, pair => Assert.Equal(similarity.GetValueOrDefault((pair.Row, pair.Earlier)), pair.Similarity, 1e-9));
        Assert.All(found, pair => Assert.InRange(pair.Similarity, 0.8, 1));
    }

    [Fact]
    public void Compares_pairs_as_often_as_the_formula_of_the_options_says()
    {
        // A threshold far below the similarity of the pairs: whatever is compared is found.
        NearDuplicateOptions options = new() { Threshold = 0.2, Bands = 8, RowsPerBand = 6 };
        GeneratedTexts texts = new(seed: 2);
        List<string> rows = [];
        var expected = 0.0;
        for (var i = 0; i < 2000; i++)
        {
            var original = texts.Words(100);
            var copy = texts.Changed(original, 3 + texts.Next(10));
            expected += options.ExpectedRecall(GeneratedTexts.Jaccard(original, copy));
            rows.AddRange([string.Join(' ', original), string.Join(' ', copy)]);
        }

        var found = Search(rows, options).Found.Count;

        Assert.InRange(expected, 500, 1500);
        Assert.InRange(found, expected - 90, expected + 90);   // four standard deviations of 2,000 such tosses
    }

    [Fact]
    public void Finds_the_same_with_everything_on_disk_as_with_everything_in_memory_and_leaves_no_file()
    {
        var rows = Families(seed: 3);
        var inMemory = Search(rows, new() { TempFolder = temp.FullName, MemoryLimit = 64 << 20 });
        var onDisk = Search(rows, new() { TempFolder = temp.FullName, MemoryLimit = 4096 }, spills: true);

        Assert.NotEmpty(inMemory.Found);
        Assert.Equal(inMemory.Found, onDisk.Found);
        Assert.Equal(inMemory.Clusters.OfSeveralRows(), onDisk.Clusters.OfSeveralRows());
        Assert.Empty(temp.GetFileSystemInfos());
    }

    [Fact]
    public void Finds_the_same_pairs_in_every_run_and_release()
    {
        using NearDuplicates first = new(new()), second = new(new());
        foreach (var row in Families(seed: 4))
        {
            first.Add(row);
            second.Add(second.NewSketcher().Sketch(row));
        }
        Assert.Equal([.. first.Find()], second.Find().ToArray());

        // Known values, so that a change of the hashes is noticed: stored reports and splits would no longer be repeated.
        RowSketcher sketcher = new(new() { Bands = 2, RowsPerBand = 3 });
        var sketch = sketcher.Sketch("The quick brown fox jumps over the lazy dog.");
        Assert.Equal("167259916 1043329470 1133024159 1181351843 1688215776 2496379376 3205142181", string.Join(' ', sketch.Shingles.ToArray()));
        Assert.Equal("15260285571803321432 7812873472073929057", string.Join(' ', sketch.BandKeys.ToArray()));
    }

    [Fact]
    public void Joins_rows_of_one_template_in_linear_time()
    {
        GeneratedTexts texts = new(seed: 5);
        var template = string.Join(' ', texts.Words(80));
        var rows = Enumerable.Range(0, 20_000).Select(i => $"{template} {i}");

        var (found, clusters) = Search(rows);

        Assert.Equal(19_999, found.Count);
        Assert.Equal(20_000, Assert.Single(clusters.OfSeveralRows()).Count);
    }

    [Fact]
    public void Takes_texts_without_words_for_nobodys_duplicate()
    {
        var (found, clusters) = Search(["", "", "...", "🙂🙂", "   ", "one", "One!", "two"]);

        Assert.Equal([new NearDuplicate(6, 5, 1)], found);
        Assert.Equal([[5, 6]], clusters.OfSeveralRows());
    }

    [Fact]
    public void Tells_the_exact_similarity_of_any_two_rows()
    {
        using NearDuplicates rows = new(new() { TempFolder = temp.FullName, MemoryLimit = 4096 });
        rows.Add("a b c d e");
        rows.Add("b c d e f");
        rows.Add("");
        for (var i = 0; i < 500; i++) rows.Add($"filler {i} goes to the disk");

        Assert.Equal(0.5, rows.Similarity(0, 1));   // {bcd, cde} of {abc, bcd, cde, def}
        Assert.Equal(0, rows.Similarity(0, 2));
        Assert.Equal(1, rows.Similarity(0, 0));
    }

    [Fact]
    public void Leaves_no_file_when_the_search_is_cancelled_or_never_read()
    {
        using CancellationTokenSource cancelled = new();
        using (NearDuplicates rows = Added(Families(seed: 6)))
        {
            using var pairs = rows.Find(cancelled.Token).GetEnumerator();
            Assert.True(pairs.MoveNext());
            cancelled.Cancel();
            Assert.ThrowsAny<OperationCanceledException>(() => { while (pairs.MoveNext()) { } });
            Assert.Throws<InvalidOperationException>(() => rows.Clusters);
        }
        Added(Families(seed: 6)).Dispose();
        Assert.Empty(temp.GetFileSystemInfos());
    }

    [Fact]
    public void Lets_a_disk_error_fly_and_can_still_be_disposed()
    {
        using (NearDuplicates rows = new(new() { TempFolder = temp.FullName, MemoryLimit = 4096 }))
        {
            temp.Delete();
            Assert.Throws<DirectoryNotFoundException>(() => { foreach (var row in Families(seed: 7)) rows.Add(row); });
            temp.Create();
        }
        Assert.Empty(temp.GetFileSystemInfos());
    }

    [Fact]
    public void Refuses_rows_after_the_search_began_and_a_second_search()
    {
        using NearDuplicates rows = new(new());
        rows.Add("a");
        Assert.Empty(rows.Find());
        Assert.Throws<InvalidOperationException>(() => rows.Add("b"));
        Assert.Throws<InvalidOperationException>(() => rows.Find());
    }

    [Fact]
    public void Names_every_option_that_is_out_of_range()
    {
        var refusal = Assert.Throws<ValidationException>(() =>
            new NearDuplicates(new() { ShingleWords = 0, Threshold = 1.5, Bands = 0, RowsPerBand = 99, MemoryLimit = 1, TempFolder = "/no/such/folder" }));
        foreach (var name in new[] { "ShingleWords is 0", "Threshold is 1.5", "Bands is 0", "RowsPerBand is 99", "MemoryLimit is 1 ", "'/no/such/folder'" })
            Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.80, 0.985, 0.987)]
    [InlineData(0.85, 0.999, 1)]
    [InlineData(0.50, 0.12, 0.14)]
    public void Promises_by_default_the_recall_that_its_documentation_names(double similarity, double least, double most) =>
        Assert.InRange(new NearDuplicateOptions().ExpectedRecall(similarity), least, most);

    private (List<NearDuplicate> Found, DuplicateClusters Clusters) Search(IEnumerable<string> rows, NearDuplicateOptions? options = null, bool spills = false)
    {
        using NearDuplicates search = new(options ?? new() { TempFolder = temp.FullName });
        foreach (var row in rows) search.Add(row);
        Assert.Equal(spills, search.UsesDisk);
        return ([.. search.Find()], search.Clusters);
    }

    private NearDuplicates Added(IEnumerable<string> rows)
    {
        NearDuplicates search = new(new() { TempFolder = temp.FullName, MemoryLimit = 4096 });
        foreach (var row in rows) search.Add(row);
        return search;
    }

    /// <summary>Three hundred families of one to five relatives, in mixed order.</summary>
    private static List<string> Families(int seed)
    {
        GeneratedTexts texts = new(seed);
        List<string> rows = [];
        for (var family = 0; family < 300; family++)
        {
            var original = texts.Words(40 + texts.Next(60));
            for (var relative = 0; relative <= texts.Next(5); relative++)
                rows.Insert(texts.Next(rows.Count + 1), string.Join(' ', texts.Changed(original, texts.Next(4))));
        }
        return rows;
    }

    public void Dispose() => temp.Delete(recursive: true);
}

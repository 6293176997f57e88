using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Splitting;

/// <summary>
/// Compares every example of a dataset's files with every other. What resembles stays in one part of the split; what resembles across files that
/// the caller brought is a leak: a model that has trained on the one has seen the other. System messages are left out, and so is the text that the
/// first examples of the source all begin or end with: an instruction that all share says nothing about how alike they are.
/// </summary>
internal sealed class LeakageCheck : IAsyncDisposable
{
    /// <summary>Characters that are handed over at once: rarely enough that handing over costs nothing beside the work.</summary>
    private const int BatchLength = 1 << 17;
    private const int BatchesAhead = 2;

    /// <summary>A quarter of the default: what does not fit is sorted on disk, and the process stays small.</summary>
    private const long MemoryLimit = 16 << 20;

    private readonly NearDuplicates duplicates;
    private readonly ComparedTexts texts;
    private readonly List<int> ends = [];
    private readonly List<(VersionReference Version, Part Part, int Start)> others = [];
    private BlockingCollection<List<string>>? ahead;
    private List<string> batch = [];
    private int batchLength;
    private Task adding = Task.CompletedTask;
    private volatile Exception? failure;

    public LeakageCheck(string tempFolder)
    {
        duplicates = new NearDuplicates(new NearDuplicateOptions { TempFolder = tempFolder, MemoryLimit = MemoryLimit });
        texts = new ComparedTexts(text => duplicates.Add(text));
    }

    /// <summary>Makes its shingles and hashes on a second core, while the caller reads the next example.</summary>
    /// <param name="example">One that the rules found no error in. Examples come in the order of their file, files in the order of their roles.</param>
    public void Add(JsonElement example)
    {
        var text = TextOf(example);
        batch.Add(text);
        batchLength += text.Length;
        if (batchLength >= BatchLength)
            HandOver();
    }

    /// <summary>When it returns, every example of the file is known.</summary>
    public async Task EndFileAsync()
    {
        await EndBatchesAsync();
        texts.End();
        ends.Add(duplicates.Rows);
    }

    /// <summary>The examples that follow, until <see cref="EndOtherAsync"/>, are of a part of another version; after this version's own files.</summary>
    public void BeginOther(VersionReference version, Part part) => others.Add((version, part, duplicates.Rows));

    public Task EndOtherAsync() => EndBatchesAsync();

    /// <summary>Reports what was found in the files' problems, an error or a warning for each example that leaks.</summary>
    /// <param name="files">In the order in which they were added; the first is the source.</param>
    /// <param name="isRehearsed">By the number of the file and of the example in it: its line is one of other data.</param>
    public LeakageFindings Report(IReadOnlyList<FileValidation> files, bool allowed, Func<int, int, bool> isRehearsed, CancellationToken cancellationToken)
    {
        foreach (var _ in duplicates.Find(cancellationToken)) { }
        var (clusters, similar, leaks, file) = (duplicates.Clusters, 0, 0, 0);
        for (var row = 0; row < ends[^1]; row++)
        {
            while (row >= ends[file])
                file++;
            // A cluster goes by its first row, so where one holds an example of the source, that is it.
            var first = clusters.Of(row);
            if (first == row)
                continue;
            var firstFile = ends.FindIndex(end => first < end);
            var (line, firstLine) = (files[file].ExampleLines[row - StartOf(file)], files[firstFile].Problems.SourceOf(files[firstFile].ExampleLines[first - StartOf(firstFile)]));
            var alike = FormattableString.Invariant($"{duplicates.Similarity(row, first):P0}").Replace(" ", "", StringComparison.Ordinal);
            var problems = files[file].Problems;
            if (firstFile == file)
            {
                similar++;
                var rehearsed = isRehearsed(file, row - StartOf(file));
                var (what, where) = (rehearsed ? $"Line {problems.SourceOf(line)} of the rehearsed data" : "The example", isRehearsed(firstFile, first - StartOf(firstFile)) ? " of the rehearsed data" : "");
                problems.Warning(rehearsed ? null : line, Rules.NearDuplicate, $"{what} resembles line {firstLine}{where} ({alike} of its word triples, directly or through others). The two stay in one part of the split.");
                continue;
            }

            leaks++;
            var other = firstFile == 0 ? "the training file" : "the validation file";
            if (allowed)
                problems.Warning(line, Rules.Leakage, $"The example resembles line {firstLine} of {other} ({alike}); the request allows it.");
            else
                problems.Error(line, Rules.Leakage, $"The example resembles line {firstLine} of {other} ({alike}), so a figure measured with it says little about new data. Remove one of the two, or allow it with a reason in 'leakage'.");
        }

        return new LeakageFindings(similar, leaks);
    }

    /// <summary>
    /// Reports the examples that resemble one of another version on the other side of training: held out here and trained on there, or trained on here
    /// and held out there. After <see cref="Report"/>.
    /// </summary>
    /// <param name="partOf">Of this version's examples, by the number of the file and of the example in it.</param>
    /// <returns>How many there are.</returns>
    public int ReportAgainst(IReadOnlyList<FileValidation> files, Func<int, int, Part> partOf, bool allowed)
    {
        if (others.Count == 0)
            return 0;
        var clusters = duplicates.Clusters;
        // By the first row of a cluster that holds an example of this version: the first one there of those versions.
        var (trainedThere, heldOutThere, leaks, file) = (new Dictionary<int, int>(), new Dictionary<int, int>(), 0, 0);
        for (var row = ends[^1]; row < duplicates.Rows; row++)
        {
            if (clusters.Of(row) is var first && first < ends[^1])
                (OtherOf(row).Part == Part.Train ? trainedThere : heldOutThere).TryAdd(first, row);
        }

        for (var row = 0; row < ends[^1]; row++)
        {
            while (row >= ends[file])
                file++;
            var number = row - StartOf(file);
            var part = partOf(file, number);
            if (!(part == Part.Train ? heldOutThere : trainedThere).TryGetValue(clusters.Of(row), out var there))
                continue;
            leaks++;
            var other = OtherOf(there);
            var alike = FormattableString.Invariant($"{duplicates.Similarity(row, there):P0}").Replace(" ", "", StringComparison.Ordinal);
            var what = FormattableString.Invariant($"The example, of the {NameOf(part)} part, resembles line {there - other.Start + 1} of the {NameOf(other.Part)} part of {other.Version.Dataset} version {other.Version.Version} ({alike}, directly or through others)");
            if (allowed)
                files[file].Problems.Warning(files[file].ExampleLines[number], Rules.Leakage, $"{what}; the request allows it.");
            else
                files[file].Problems.Error(files[file].ExampleLines[number], Rules.Leakage, $"{what}, so one of the two datasets measures what the other has trained. Remove one of the two, or allow it with a reason in 'leakage'.");
        }

        return leaks;
    }

    /// <summary>Of each example of the source: equal values belong to one group, by what the importer knew or because they resemble.</summary>
    /// <returns>And how many different ones there are.</returns>
    public (IReadOnlyList<ulong> Groups, int Count) JoinGroups(IReadOnlyList<ulong> groups)
    {
        var clusters = duplicates.Clusters;
        var parents = Enumerable.Range(0, groups.Count).ToArray();
        int Root(int row)
        {
            while (parents[row] != row)
                row = parents[row] = parents[parents[row]];
            return row;
        }

        void Join(int a, int b)
        {
            (a, b) = (Root(a), Root(b));
            parents[Math.Max(a, b)] = Math.Min(a, b);
        }

        // Sorted: a dictionary of a million groups would take three times the memory.
        var (sorted, rows) = (groups.ToArray(), Enumerable.Range(0, groups.Count).ToArray());
        Array.Sort(sorted, rows);
        for (var i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1])
                Join(rows[i], rows[i - 1]);
        }

        for (var row = 0; row < groups.Count; row++)
            Join(row, clusters.Of(row));

        // Whatever belongs together with rehearsed examples belongs to them.
        var rehearsal = Array.BinarySearch(sorted, ImportedFile.RehearsalGroup) is >= 0 and var at ? Root(rows[at]) : -1;
        var (joined, count) = (new ulong[groups.Count], 0);
        for (var row = 0; row < joined.Length; row++)
        {
            var root = Root(row);
            count += root == row ? 1 : 0;
            joined[row] = root == rehearsal ? ImportedFile.RehearsalGroup : groups[root];
        }

        return (joined, count);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAddingAsync();
        duplicates.Dispose();
    }

    private async Task EndAddingAsync()
    {
        ahead?.CompleteAdding();
        await adding;
        ahead?.Dispose();
        ahead = null;
    }

    private async Task EndBatchesAsync()
    {
        HandOver();
        await EndAddingAsync();
        if (failure is { } thrown)
            ExceptionDispatchInfo.Throw(thrown);
    }

    private void HandOver()
    {
        if (failure is { } thrown)
            ExceptionDispatchInfo.Throw(thrown);
        if (ahead is null)
        {
            var queue = ahead = new BlockingCollection<List<string>>(BatchesAhead);
            adding = Task.Factory.StartNew(() => AddTexts(queue), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        ahead.Add(batch);
        (batch, batchLength) = ([], 0);
    }

    private void AddTexts(BlockingCollection<List<string>> batches)
    {
        foreach (var added in batches.GetConsumingEnumerable())
        {
            // After a failure (of the disk) the rest is only taken out, so that the caller goes on and sees it.
            if (failure is not null)
                continue;
            try
            {
                added.ForEach(texts.Add);
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }
        }
    }

    private (VersionReference Version, Part Part, int Start) OtherOf(int row) => others[others.FindLastIndex(other => other.Start <= row)];

    private static string NameOf(Part part) => part switch { Part.Train => "training", Part.Validation => "validation", _ => "test" };

    private int StartOf(int file) => file == 0 ? 0 : ends[file - 1];

    private static string TextOf(JsonElement example)
    {
        var text = new StringBuilder();
        foreach (var message in example.AllMessages())
        {
            if (message.GetProperty("role").GetString() is not ("system" or "developer") && message.TryGetProperty("content", out _))
                text.Append(ExampleReading.TextOf(message)).Append('\n');
        }

        return text.ToString();
    }
}

/// <param name="NearDuplicates">Examples that resemble an earlier one of their own file.</param>
/// <param name="Leaks">Examples that resemble one of an earlier file.</param>
internal sealed record LeakageFindings(int NearDuplicates, int Leaks);

using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Finds examples with equal inputs, and whether their answers are equal too. Eight bytes an example, the rest on disk.</summary>
internal sealed class ConsistencyCounting(string tempFolder) : IDisposable
{
    internal const int Kept = 50;
    private const int AnswersKept = 5;
    private const long MemoryLimit = 32 << 20;
    private readonly SortedRuns inputs = new(MemoryLimit, tempFolder);
    private readonly List<ulong> answers = [];

    public int Rows => answers.Count;

    public void Add(ulong input, ulong answer)
    {
        inputs.Add(input, answers.Count);
        answers.Add(answer);
    }

    /// <summary>Ends the adding.</summary>
    public Repetitions Find(CancellationToken cancellationToken)
    {
        var found = new Repetitions { DistinctInputs = answers.Count };
        // The latest is on top, to be replaced by an earlier one.
        var conflicts = new PriorityQueue<IReadOnlyList<int>, int>(Comparer<int>.Create((a, b) => b.CompareTo(a)));
        foreach (var rows in inputs.SharedKeys())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var different = rows.DistinctBy(row => answers[row]).ToList();
            found.DistinctInputs -= rows.Count - 1;
            found.RepeatedInputs++;
            found.ExactDuplicates += rows.Count - different.Count;
            if (different.Count == 1)
                continue;
            found.ConflictingInputs++;
            found.ConflictingExamples += rows.Count;
            conflicts.Enqueue([.. different.Take(AnswersKept)], rows[0]);
            if (conflicts.Count > Kept)
                conflicts.Dequeue();
        }

        found.Conflicts = [.. conflicts.UnorderedItems.Select(item => item.Element).OrderBy(rows => rows[0])];
        return found;
    }

    public void Dispose() => inputs.Dispose();
}

internal sealed class Repetitions
{
    public int DistinctInputs { get; set; }
    public int RepeatedInputs { get; set; }
    public int ExactDuplicates { get; set; }
    public int ConflictingInputs { get; set; }
    public int ConflictingExamples { get; set; }

    /// <summary>Of each input: the first row of each answer, counted from 0 over all parts.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Conflicts { get; set; } = [];
}

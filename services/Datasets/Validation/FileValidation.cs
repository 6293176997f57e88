using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>What reading a file gave. An example is a line without errors.</summary>
public sealed class FileValidation(string? file, ProblemList? problems = null)
{
    private readonly List<ulong> lineHashes = [];
    private readonly List<int> lineTokens = [];
    private readonly List<int> exampleLines = [];
    private readonly SeenHashes seen = new();

    public string? File => file;
    public ProblemList Problems { get; } = problems ?? new ProblemList(file);
    public int Lines { get; internal set; }
    public int Examples => lineHashes.Count;
    public long Tokens { get; private set; }
    public bool IsValid => Problems.ErrorCount == 0;

    /// <summary>XXH3 of each example's bytes without the line end, in order: names a line for splits and comparisons.</summary>
    public IReadOnlyList<ulong> LineHashes => lineHashes;

    /// <summary>1-based line of each example.</summary>
    public IReadOnlyList<int> ExampleLines => exampleLines;

    public bool Contains(ulong lineHash) => seen.Contains(lineHash);

    /// <returns>False when the same line came before.</returns>
    internal bool Add(ulong lineHash, int tokens, int line)
    {
        exampleLines.Add(line);
        lineHashes.Add(lineHash);
        lineTokens.Add(tokens);
        Tokens += tokens;
        return seen.Add(lineHash);
    }

    /// <summary>The first error as the one that a version or job is refused with.</summary>
    public DatasetError ToError(FileRole role)
    {
        var first = Problems.FirstError ?? throw new InvalidOperationException("The file has no error.");
        if (first.Code == Rules.TooFewExamples)
            return new DatasetError(Rules.TooFewExamples, first.Message, null);
        var code = first.Code == Rules.Leakage ? Rules.Leakage : role.InvalidCode();
        var place = first.Line is null ? "" : first.Path is null ? $"Line {first.Line}: " : $"Line {first.Line}, {first.Path}: ";
        var others = Problems.ErrorCount == 1 ? "" : $" ({Problems.ErrorCount} errors in all)";
        return new DatasetError(code, $"{role.Title()}: {place}{first.Message}{others}", first.Line);
    }

    /// <summary>Over the examples of all files; null when there are none. Percentiles are those of the nearest rank.</summary>
    public static TokenDistribution? Distribution(IReadOnlyList<FileValidation> files)
    {
        var sorted = files.SelectMany(file => file.lineTokens).ToArray();
        if (sorted.Length == 0)
            return null;
        Array.Sort(sorted);
        int Rank(double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
        return new TokenDistribution(files.Sum(file => file.Tokens), sorted[0], Rank(0.05), Rank(0.5), Rank(0.95), sorted[^1]);
    }
}

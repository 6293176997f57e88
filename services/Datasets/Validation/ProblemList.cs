using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Every problem is counted; the first 1,000 are kept, errors before warnings.</summary>
public sealed class ProblemList(string? file = null)
{
    public const int Kept = 1_000;
    private const string ErrorSeverity = "error";
    private const string WarningSeverity = "warning";
    private readonly List<DatasetProblem> errors = [];
    private readonly List<DatasetProblem> warnings = [];
    private IReadOnlyList<int> sourceLines = [];

    public int ErrorCount { get; private set; }
    public int WarningCount { get; private set; }
    public DatasetProblem? FirstError => errors.FirstOrDefault();

    /// <summary>From now on a line is one of a converted file: problems name the place in its source that it came from.</summary>
    public void TellSourceOf(IReadOnlyList<int> lines) => sourceLines = lines;

    public void Error(int? line, string code, string message, string? path = null, int? messageIndex = null)
    {
        ErrorCount++;
        if (errors.Count < Kept)
            errors.Add(new DatasetProblem(SourceOf(line), messageIndex, path, ErrorSeverity, code, message, file));
    }

    public void Warning(int? line, string code, string message, string? path = null, int? messageIndex = null)
    {
        WarningCount++;
        if (warnings.Count < Kept)
            warnings.Add(new DatasetProblem(SourceOf(line), messageIndex, path, WarningSeverity, code, message, file));
    }

    /// <summary>The place in the source that a line of a converted file came from; the line itself where nothing was converted.</summary>
    public int? SourceOf(int? line) => line is { } converted && converted <= sourceLines.Count ? sourceLines[converted - 1] : line;

    /// <summary>By line; at most <see cref="Kept"/>.</summary>
    public IReadOnlyList<DatasetProblem> ToList() =>
        [.. errors.Concat(warnings).Take(Kept).OrderBy(problem => problem.Line ?? int.MaxValue)];
}

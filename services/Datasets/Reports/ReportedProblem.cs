using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>One of the at most 1,000 problems kept of a version.</summary>
public sealed class ReportedProblem
{
    private ReportedProblem() { }

    public string DatasetId { get; private set; } = "";
    public int Number { get; private set; }
    public int Position { get; private set; }
    public string? File { get; private set; }
    public int? Line { get; private set; }
    public int? MessageIndex { get; private set; }
    public string? Path { get; private set; }
    public string Severity { get; private set; } = "";
    public string Code { get; private set; } = "";
    public string Message { get; private set; } = "";

    public static ReportedProblem Create(DatasetVersion version, int position, DatasetProblem problem) => new()
    {
        DatasetId = version.DatasetId,
        Number = version.Number,
        Position = position,
        File = problem.File,
        Line = problem.Line,
        MessageIndex = problem.MessageIndex,
        Path = problem.Path,
        Severity = problem.Severity,
        Code = problem.Code,
        Message = problem.Message,
    };

    public DatasetProblem ToObject() => new(Line, MessageIndex, Path, Severity, Code, Message, File);
}

using System.Diagnostics;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>
/// An immutable version: from `validating` it ends, once, as `validated` or `rejected`. While it is `validating` the row itself is the work
/// to be done (see <see cref="ValidationLoop"/>).
/// </summary>
public sealed class DatasetVersion : IValidationWork
{
    public const string Validating = "validating";
    public const string Validated = "validated";
    public const string Rejected = "rejected";

    private DatasetVersion() { }

    public string DatasetId { get; private set; } = "";
    public int Number { get; private set; }
    public string Project { get; private set; } = "";
    public string Status { get; private set; } = Validating;
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    public string SourceFile { get; private set; } = "";
    public string? SourceValidationFile { get; private set; }
    public string? SourceTestFile { get; private set; }
    public double TrainShare { get; private set; }
    public double ValidationShare { get; private set; }
    public double TestShare { get; private set; }
    public int Seed { get; private set; }

    /// <summary>The request's `import` as JSON, or null.</summary>
    public string? Import { get; private set; }
    public string? Format { get; private set; }
    public int? Groups { get; private set; }
    public string? LeakageAllowedBecause { get; private set; }
    public int? NearDuplicates { get; private set; }
    public int? Leaks { get; private set; }

    public string? TrainingFile { get; private set; }
    public string? ValidationFile { get; private set; }
    public string? TestFile { get; private set; }
    public int? TrainExamples { get; private set; }
    public int? ValidationExamples { get; private set; }
    public int? TestExamples { get; private set; }

    public int Lines { get; private set; }
    public int? Examples { get; private set; }
    public long? TokensTotal { get; private set; }
    public int? TokensMin { get; private set; }
    public int? TokensP5 { get; private set; }
    public int? TokensP50 { get; private set; }
    public int? TokensP95 { get; private set; }
    public int? TokensMax { get; private set; }
    public int ProblemCount { get; private set; }

    public string? ErrorCode { get; private set; }
    public string? ErrorMessage { get; private set; }
    public int? ErrorLine { get; private set; }

    public int Attempts { get; private set; }
    public DateTimeOffset NextAttemptAt { get; private set; }
    public string? TraceParent { get; private set; }

    public static DatasetVersion Create(Dataset dataset, int number, CreateDatasetRequest request, SplitRequest split, TimeProvider clock) => new()
    {
        DatasetId = dataset.Id,
        Number = number,
        Project = dataset.Project,
        CreatedAt = clock.GetUtcNow(),
        NextAttemptAt = clock.GetUtcNow(),
        TraceParent = Activity.Current?.Id,
        SourceFile = request.File,
        SourceValidationFile = request.ValidationFile,
        SourceTestFile = request.TestFile,
        TrainShare = split.Train,
        ValidationShare = split.Validation,
        TestShare = split.Test,
        Seed = split.Seed,
        LeakageAllowedBecause = request.Leakage is { Allow: true } leakage ? leakage.Reason : null,
        Import = request.Import is { } import ? JsonSerializer.Serialize(import) : null,
    };

    public ImportRequest ImportRequest() => Import is null ? new ImportRequest() : JsonSerializer.Deserialize<ImportRequest>(Import)!;

    public bool HasSeveralSources => SourceValidationFile is not null || SourceTestFile is not null;

    /// <summary>What a file that the caller brought leaves to be cut from the source: its own share is 0 then.</summary>
    public SplitRequest SharesToCut() => new()
    {
        Train = TrainShare,
        Validation = SourceValidationFile is null ? ValidationShare : 0,
        Test = SourceTestFile is null ? TestShare : 0,
        Seed = Seed,
    };

    public void BeginAttempt(TimeProvider clock) => (Attempts, NextAttemptAt) = (Attempts + 1, clock.GetUtcNow() + IValidationWork.Backoff(Attempts + 1));

    /// <param name="files">Ids of the three files; null where a part has no line.</param>
    /// <param name="format">The importer that read the source.</param>
    /// <param name="groups">Of the source's examples.</param>
    public void NoteSource(string format, int groups) => (Format, Groups) = (format, groups);

    internal void NoteLeakage(LeakageFindings findings) => (NearDuplicates, Leaks) = (findings.NearDuplicates, findings.Leaks);

    /// <returns>False when the version has ended before.</returns>
    public bool TryValidate(FileValidation source, int problems, (string? Training, string? Validation, string? Test) files, SplitCounts counts, TimeProvider clock)
    {
        if (!TryEnd(Validated, source, problems, clock))
            return false;
        (TrainingFile, ValidationFile, TestFile) = files;
        (TrainExamples, ValidationExamples, TestExamples) = (counts.Train, counts.Validation, counts.Test);
        return true;
    }

    /// <param name="source">Null when the file could not be read at all.</param>
    /// <returns>False when the version has ended before.</returns>
    public bool TryReject(FileValidation? source, int problems, DatasetError error, TimeProvider clock)
    {
        if (!TryEnd(Rejected, source, problems, clock))
            return false;
        (ErrorCode, ErrorMessage, ErrorLine) = error;
        return true;
    }

    private bool TryEnd(string status, FileValidation? source, int problems, TimeProvider clock)
    {
        if (Status != Validating)
            return false;
        (Status, EndedAt, ProblemCount) = (status, clock.GetUtcNow(), problems);
        (Lines, Examples) = (source?.Lines ?? 0, source?.Examples);
        if (source?.Distribution() is { } tokens)
            (TokensTotal, TokensMin, TokensP5, TokensP50, TokensP95, TokensMax) = (tokens.Total, tokens.Min, tokens.P5, tokens.P50, tokens.P95, tokens.Max);
        return true;
    }

    public DatasetVersionObject ToObject() => new()
    {
        DatasetId = DatasetId,
        Version = Number,
        Status = Status,
        SourceFile = SourceFile,
        Format = Format,
        TrainingFile = TrainingFile,
        ValidationFile = ValidationFile,
        TestFile = TestFile,
        Split = new SplitRequest { Train = TrainShare, Validation = ValidationShare, Test = TestShare, Seed = Seed },
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        Examples = Examples,
        Tokens = TokensTotal,
        SplitCounts = TrainExamples is { } train ? new SplitCounts(train, ValidationExamples ?? 0, TestExamples ?? 0) : null,
        Groups = Groups,
        Leakage = Leaks is { } leaks ? new LeakageObject(NearDuplicates!.Value, leaks, LeakageAllowedBecause) : null,
        Error = ErrorCode is { } code ? new DatasetError(code, ErrorMessage!, ErrorLine) : null,
    };

    public TokenDistribution? Tokens() =>
        TokensTotal is { } total ? new TokenDistribution(total, TokensMin!.Value, TokensP5!.Value, TokensP50!.Value, TokensP95!.Value, TokensMax!.Value) : null;
}

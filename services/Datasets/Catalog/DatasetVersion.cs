using System.Diagnostics;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Annotation;
using FineTuneAspire.Datasets.Recipes;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>
/// An immutable version: from `validating` it ends, once, as `validated`, `rejected` or `cancelled`. While it is `validating` the row itself is the work
/// to be done (see <see cref="ValidationLoop"/>).
/// </summary>
public sealed class DatasetVersion : IValidationWork
{
    public const string Validating = "validating";
    public const string Validated = "validated";
    public const string Rejected = "rejected";
    public const string Cancelled = "cancelled";

    private DatasetVersion() { }

    public string DatasetId { get; private set; } = "";
    public int Number { get; private set; }
    public string Project { get; private set; } = "";
    public string Status { get; private set; } = Validating;
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>The version whose rows the sources are; null where the caller brought files.</summary>
    public int? Parent { get; private set; }
    /// <summary>Whether the parent's rows stay in the parts in which they are.</summary>
    public bool KeepsParts { get; private set; }
    /// <summary>The queue whose annotators' decisions are applied to the parent's rows.</summary>
    public string? AnnotationQueue { get; private set; }
    public string? Author { get; private set; }
    public string? Note { get; private set; }

    /// <summary>As <see cref="TrainingMethods"/> names it.</summary>
    public string Method { get; private set; } = "";

    /// <summary>Of `data/base-models.json`: what the caller means to train, or null.</summary>
    public string? BaseModel { get; private set; }

    /// <summary><see cref="BaseModelFit"/> as JSON; null without a base model.</summary>
    public string? Fit { get; private set; }

    public string SourceFile { get; private set; } = "";
    public string? SourceValidationFile { get; private set; }
    public string? SourceTestFile { get; private set; }
    public double TrainShare { get; private set; }
    public double ValidationShare { get; private set; }
    public double TestShare { get; private set; }
    public int Seed { get; private set; }
    public string? StratifyBy { get; private set; }
    /// <summary>What each part got of each label, as JSON, or null.</summary>
    public string? Labels { get; private set; }

    /// <summary>The request's `import` as JSON, or null.</summary>
    public string? Import { get; private set; }
    public string? Format { get; private set; }
    public int? Groups { get; private set; }

    /// <summary>A stored recipe's id and version, or null where the request gave the steps.</summary>
    public string? RecipeId { get; private set; }
    public int? RecipeVersion { get; private set; }
    /// <summary>The steps as JSON, or null where the rows are taken as they are.</summary>
    public string? RecipeSteps { get; private set; }
    /// <summary>What each step did, as JSON; null until the recipe was applied.</summary>
    public string? RecipeResults { get; private set; }

    public string? LeakageAllowedBecause { get; private set; }
    /// <summary>Versions to compare with, as JSON, or null.</summary>
    public string? LeakageAgainst { get; private set; }
    public int? LeaksAgainst { get; private set; }
    public int? NearDuplicates { get; private set; }
    public int? Leaks { get; private set; }

    public string? TrainingFile { get; private set; }
    public string? ValidationFile { get; private set; }
    public string? TestFile { get; private set; }
    /// <summary>SHA-256 of the row manifest (see <see cref="Rows.RowManifest"/>); null until the version is `validated`.</summary>
    public string? Manifest { get; private set; }
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

    public VersionProgress? Progress { get; private set; }

    public int Attempts { get; private set; }
    public DateTimeOffset NextAttemptAt { get; private set; }
    public string? TraceParent { get; private set; }

    /// <summary>A version of the caller's files.</summary>
    public static DatasetVersion OfFiles(Dataset dataset, int number, string file, DatasetVersionRequest request, string? author, TimeProvider clock)
    {
        var version = Create(dataset, number, request, request.Split ?? new SplitRequest(), author, clock);
        (version.SourceFile, version.SourceValidationFile, version.SourceTestFile) = (file, request.ValidationFile, request.TestFile);
        version.Import = request.Import is { } import ? JsonSerializer.Serialize(import) : null;
        return version;
    }

    /// <summary>A version of another one's rows.</summary>
    /// <param name="parent">Is `validated`.</param>
    public static DatasetVersion OfParent(Dataset dataset, int number, DatasetVersion parent, DatasetVersionRequest request, string? author, TimeProvider clock)
    {
        var version = Create(dataset, number, request, request.Split ?? parent.Shares(), author, clock);
        (version.Parent, version.KeepsParts, version.Format) = (parent.Number, request.Split is null, parent.Format);
        (version.SourceFile, version.SourceValidationFile, version.SourceTestFile) = (parent.TrainingFile!, parent.ValidationFile, parent.TestFile);
        (version.Method, version.BaseModel) = (parent.Method, request.BaseModel ?? parent.BaseModel);
        // What was allowed of the parent's rows is allowed of them still, unless the request says otherwise.
        if (request.Leakage is null)
            (version.LeakageAllowedBecause, version.LeakageAgainst) = (parent.LeakageAllowedBecause, parent.LeakageAgainst);
        return version;
    }

    private static DatasetVersion Create(Dataset dataset, int number, DatasetVersionRequest request, SplitRequest split, string? author, TimeProvider clock)
    {
        var version = New(dataset, number, request, split, author, clock);
        version.Progress = VersionProgress.Create(version);
        return version;
    }

    private static DatasetVersion New(Dataset dataset, int number, DatasetVersionRequest request, SplitRequest split, string? author, TimeProvider clock) => new()
    {
        DatasetId = dataset.Id,
        Number = number,
        Project = dataset.Project,
        CreatedAt = clock.GetUtcNow(),
        NextAttemptAt = clock.GetUtcNow(),
        TraceParent = Activity.Current?.Id,
        Author = author,
        Note = request.Note,
        Method = request.Method ?? TrainingMethods.Default,
        BaseModel = request.BaseModel,
        TrainShare = split.Train,
        ValidationShare = split.Validation,
        TestShare = split.Test,
        Seed = split.Seed,
        StratifyBy = split.StratifyBy,
        LeakageAllowedBecause = request.Leakage is { Allow: true } leakage ? leakage.Reason : null,
        LeakageAgainst = request.Leakage?.Against is { Count: > 0 } against ? JsonSerializer.Serialize(against) : null,
    };

    public ImportRequest ImportRequest() => Import is null ? new ImportRequest() : JsonSerializer.Deserialize<ImportRequest>(Import)!;

    /// <exception cref="InvalidOperationException">The row names none: no request that was taken does.</exception>
    public TrainingMethod TrainingMethod() => TrainingMethods.Find(Method) ?? throw new InvalidOperationException($"{DatasetId} version {Number} has the method '{Method}'.");

    /// <summary>Applies what the queue's annotators have decided by now.</summary>
    public void TakeAnnotations(AnnotationQueue queue) => AnnotationQueue = queue.Id;

    public bool HasSeveralSources => SourceValidationFile is not null || SourceTestFile is not null;

    public SplitRequest Shares() => new() { Train = TrainShare, Validation = ValidationShare, Test = TestShare, Seed = Seed, StratifyBy = StratifyBy };

    public IReadOnlyList<VersionReference> ComparedVersions() => LeakageAgainst is null ? [] : JsonSerializer.Deserialize<IReadOnlyList<VersionReference>>(LeakageAgainst)!;

    /// <summary>What a file that the caller brought leaves to be cut from the source: its own share is 0 then.</summary>
    public SplitRequest SharesToCut() => Parent is not null ? KeepsParts ? new() { Train = 1, Validation = 0, Test = 0, Seed = Seed } : Shares() : new()
    {
        Train = TrainShare,
        Validation = SourceValidationFile is null ? ValidationShare : 0,
        Test = SourceTestFile is null ? TestShare : 0,
        Seed = Seed,
    };

    public void BeginAttempt(TimeProvider clock) => (Attempts, NextAttemptAt) = (Attempts + 1, clock.GetUtcNow() + IValidationWork.Backoff(Attempts + 1));

    /// <param name="format">The importer that read the source.</param>
    /// <param name="groups">Of the source's examples.</param>
    public void NoteSource(string format, int groups) => (Format, Groups) = (format, groups);

    public void NoteFit(BaseModelFit fit) => Fit = JsonSerializer.Serialize(fit, WireJson.Options);

    /// <summary>Only of a version that is not saved yet.</summary>
    internal void UseRecipe(ResolvedRecipe recipe) => (RecipeId, RecipeVersion, RecipeSteps) = (recipe.Id, recipe.Version, recipe.Steps);

    public void NoteRecipe(IReadOnlyList<StepResult> results) => RecipeResults = JsonSerializer.Serialize(results);

    public void NoteLabels(IReadOnlyList<LabelCounts> labels) => Labels = JsonSerializer.Serialize(labels);

    public void NoteLeaksAgainst(int leaks) => LeaksAgainst = leaks;

    internal void NoteLeakage(LeakageFindings findings) => (NearDuplicates, Leaks) = (findings.NearDuplicates, findings.Leaks);

    /// <param name="files">Ids of the three files; null where a part has no line.</param>
    /// <returns>False when the version has ended before.</returns>
    public bool TryValidate(IReadOnlyList<FileValidation> sources, int problems, (string? Training, string? Validation, string? Test) files, string manifest, SplitCounts counts, TimeProvider clock)
    {
        if (!TryEnd(Validated, sources, problems, clock))
            return false;
        (TrainingFile, ValidationFile, TestFile) = files;
        Manifest = manifest;
        (TrainExamples, ValidationExamples, TestExamples) = (counts.Train, counts.Validation, counts.Test);
        return true;
    }

    /// <param name="sources">Empty when the files could not be read at all.</param>
    /// <returns>False when the version has ended before.</returns>
    public bool TryReject(IReadOnlyList<FileValidation> sources, int problems, DatasetError error, TimeProvider clock)
    {
        if (!TryEnd(Rejected, sources, problems, clock))
            return false;
        (ErrorCode, ErrorMessage, ErrorLine) = error;
        return true;
    }

    /// <returns>False when the version has ended before.</returns>
    public bool TryCancel(TimeProvider clock) => TryEnd(Cancelled, [], problems: 0, clock);

    private bool TryEnd(string status, IReadOnlyList<FileValidation> sources, int problems, TimeProvider clock)
    {
        if (Status != Validating)
            return false;
        (Status, EndedAt, ProblemCount) = (status, clock.GetUtcNow(), problems);
        (Lines, Examples) = (sources.Sum(source => source.Lines), sources.Count == 0 ? null : sources.Sum(source => source.Examples));
        if (FileValidation.Distribution(sources) is { } tokens)
            (TokensTotal, TokensMin, TokensP5, TokensP50, TokensP95, TokensMax) = (tokens.Total, tokens.Min, tokens.P5, tokens.P50, tokens.P95, tokens.Max);
        return true;
    }

    public DatasetVersionObject ToObject() => new()
    {
        DatasetId = DatasetId,
        Version = Number,
        Status = Status,
        Method = Method,
        BaseModel = BaseModel,
        Progress = Status == Validating ? Progress?.ToObject() : null,
        Fit = Fit is null ? null : JsonSerializer.Deserialize<BaseModelFit>(Fit, WireJson.Options),
        SourceFile = SourceFile,
        Parent = Parent,
        AnnotationQueue = AnnotationQueue,
        Author = Author,
        Note = Note,
        Format = Format,
        TrainingFile = TrainingFile,
        ValidationFile = ValidationFile,
        TestFile = TestFile,
        Split = Shares(),
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        EndedAt = EndedAt?.ToUnixTimeSeconds(),
        Examples = Examples,
        Tokens = TokensTotal,
        SplitCounts = TrainExamples is { } train ? new SplitCounts(train, ValidationExamples ?? 0, TestExamples ?? 0) : null,
        Groups = Groups,
        Recipe = RecipeSteps is { } steps ? new AppliedRecipe
        {
            Id = RecipeId,
            Version = RecipeVersion,
            Steps = JsonElement.Parse(steps),
            Results = RecipeResults is { } results ? JsonSerializer.Deserialize<IReadOnlyList<StepResult>>(results) : null,
        } : null,
        Leakage = Leaks is { } leaks ? new LeakageObject(NearDuplicates!.Value, leaks, LeakageAllowedBecause, LeakageAgainst is null ? null : ComparedVersions(), LeaksAgainst) : null,
        Labels = Labels is { } labels ? JsonSerializer.Deserialize<IReadOnlyList<LabelCounts>>(labels) : null,
        Error = ErrorCode is { } code ? new DatasetError(code, ErrorMessage!, ErrorLine) : null,
    };

    public TokenDistribution? Tokens() =>
        TokensTotal is { } total ? new TokenDistribution(total, TokensMin!.Value, TokensP5!.Value, TokensP50!.Value, TokensP95!.Value, TokensMax!.Value) : null;
}

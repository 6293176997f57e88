using System.Text.Json.Serialization;

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>What a new version is made of, whether it is a dataset's first or a further one. Shares default to 0.8 / 0.1 / 0.1 and must sum to 1; a share may be 0.</summary>
public abstract record DatasetVersionRequest
{
    /// <summary>An own validation file; `file` is then split between training and test only.</summary>
    public string? ValidationFile { get; init; }
    /// <summary>An own test file; `file` is then split between training and validation only (or not at all when both are given).</summary>
    public string? TestFile { get; init; }
    /// <summary>What the examples are for: `supervised`, `dpo` or `reinforcement`; each has its own form of an example. Left out, `supervised`, or the parent's.</summary>
    public string? Method { get; init; }
    /// <summary>A base model that the version is meant for, by its id in `data/base-models.json`: the version then tells what becomes of its examples there. Left out, the parent's.</summary>
    public string? BaseModel { get; init; }
    public SplitRequest? Split { get; init; }
    public ImportRequest? Import { get; init; }
    /// <summary>Steps that clean the rows before they are validated and split.</summary>
    public RecipeReference? Recipe { get; init; }
    public LeakageRequest? Leakage { get; init; }
    /// <summary>Why there is this version; at most 1,000 characters, kept with it.</summary>
    public string? Note { get; init; }
}

/// <summary>`POST /v1/datasets`.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateDatasetRequest : DatasetVersionRequest
{
    public required string Name { get; init; }
    /// <summary>A file of purpose `fine-tune`: JSONL of the method's examples, or what <see cref="DatasetVersionRequest.Import"/> can read.</summary>
    public required string File { get; init; }
}

/// <summary>`POST /v1/datasets/{id}/versions`: a further version, either of a new `file` or of the rows of a `parent`.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateDatasetVersionRequest : DatasetVersionRequest
{
    public string? File { get; init; }
    /// <summary>Number of a validated version. Its rows stay in the parts in which they are, unless `split` is given.</summary>
    public int? Parent { get; init; }
}

/// <summary>Examples of an own validation or test file that resemble training examples reject the version, unless this allows them.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record LeakageRequest
{
    public bool Allow { get; init; }
    /// <summary>Why; kept with the version.</summary>
    public string? Reason { get; init; }
    /// <summary>Validated versions of the project's datasets. Neither may this version's held-out examples resemble what those train on, nor its training examples what those hold out.</summary>
    public IReadOnlyList<VersionReference>? Against { get; init; }
}

/// <summary>How the files become examples. Left out, the first record tells.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ImportRequest
{
    /// <summary>
    /// `auto`; for supervised training `chat`, `sharegpt`, `ar_lsat`, `multiple_choice`, `alpaca`, `prompt_completion` or `template`; for dpo `preference` or
    /// `preference_pairs`; for reinforcement `reinforcement`. In JSON Lines, a JSON array, CSV or TSV.
    /// </summary>
    public string Format { get; init; } = "auto";
    /// <summary>For records of any other form.</summary>
    public ImportTemplate? Template { get; init; }
    /// <summary>A field of the record: examples with equal values stay in one part of the split.</summary>
    public string? Group { get; init; }
}

/// <summary>The texts of the messages; `{name}` stands for the record's field, `{{` and `}}` for a brace.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ImportTemplate
{
    public string? System { get; init; }
    public required string User { get; init; }
    public required string Assistant { get; init; }
}

/// <summary>The shares of the three parts.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SplitRequest
{
    public double Train { get; init; } = 0.8;
    public double Validation { get; init; } = 0.1;
    public double Test { get; init; } = 0.1;
    /// <summary>The same file, shares and seed give the same split.</summary>
    public int Seed { get; init; }
    /// <summary>`label`: each part gets its share of the examples of each label, which is the text of the last answer, as nearly as groups allow.</summary>
    public string? StratifyBy { get; init; }
}

/// <param name="Dataset">Its id.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record VersionReference(string Dataset, int Version);

/// <param name="Label">At most 100 characters of it; null stands for the examples that have none.</param>
public sealed record LabelCounts(string? Label, int Train, int Validation, int Test);

/// <summary>A dataset and its newest version. `status`: `validating`, `validated` or `rejected`.</summary>
public sealed record DatasetObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "dataset";
    public required string Name { get; init; }
    public required long CreatedAt { get; init; }
    public required DatasetVersionObject LatestVersion { get; init; }
}

/// <summary>An immutable version. The three split files are ordinary file objects and null until the version is `validated` (or where the share is 0).</summary>
public sealed record DatasetVersionObject
{
    public string Object { get; init; } = "dataset.version";
    public required string DatasetId { get; init; }
    public required int Version { get; init; }
    /// <summary>`validating`, then `validated`, `rejected` or `cancelled`.</summary>
    public required string Status { get; init; }
    /// <summary>`supervised`, `dpo` or `reinforcement`.</summary>
    public string Method { get; init; } = "supervised";
    public string? BaseModel { get; init; }
    /// <summary>Null unless `validating`.</summary>
    public DatasetProgress? Progress { get; init; }
    /// <summary>What becomes of the examples on `base_model`; null without one, or until the version is `validated`.</summary>
    public BaseModelFit? Fit { get; init; }
    public required string SourceFile { get; init; }
    /// <summary>The version whose rows it was made of; null where it came of a file.</summary>
    public int? Parent { get; init; }
    /// <summary>The annotation queue whose decisions were applied to the parent's rows.</summary>
    public string? AnnotationQueue { get; init; }
    /// <summary>The name of the API key that made it.</summary>
    public string? Author { get; init; }
    public string? Note { get; init; }
    /// <summary>What the source was read as (see <see cref="ImportRequest.Format"/>); null while `validating`.</summary>
    public string? Format { get; init; }
    public string? TrainingFile { get; init; }
    public string? ValidationFile { get; init; }
    public string? TestFile { get; init; }
    public required SplitRequest Split { get; init; }
    public required long CreatedAt { get; init; }
    public long? EndedAt { get; init; }
    /// <summary>Of all files together.</summary>
    public int? Examples { get; init; }
    /// <summary>Of all files together, by OpenAI's per-message formula over o200k_base.</summary>
    public long? Tokens { get; init; }
    public SplitCounts? SplitCounts { get; init; }
    /// <summary>What each part got of each label; null unless the split was stratified.</summary>
    public IReadOnlyList<LabelCounts>? Labels { get; init; }
    /// <summary>Of the source's examples: those of one group, such as the questions of a passage, or equal lines, are in one part.</summary>
    public int? Groups { get; init; }
    /// <summary>Null where the rows were taken as they are.</summary>
    public AppliedRecipe? Recipe { get; init; }
    public LeakageObject? Leakage { get; init; }
    /// <summary>Null unless `rejected`.</summary>
    public DatasetError? Error { get; init; }
}

/// <param name="Stage">`queued`, or what is done now, such as `importing`, `validating`, `comparing` or `splitting`.</param>
/// <param name="DoneBytes">Read in this stage, of <paramref name="TotalBytes"/>; both 0 where bytes say nothing.</param>
/// <param name="UpdatedAt">Unix seconds; written about twice a second while work is done.</param>
public sealed record DatasetProgress(string Stage, long DoneBytes, long TotalBytes, long UpdatedAt, bool CancelRequested);
/// <summary>What becomes of a version's examples on its `base_model`, by the limits that were known when the version was made.</summary>
public sealed record BaseModelFit
{
    public required string Model { get; init; }
    public required string Provider { get; init; }
    /// <summary>Null when no limit is known.</summary>
    public required int? TokensPerExample { get; init; }
    /// <summary>What the provider does with longer ones: `truncated`, each loses its end, or `refused`, the file is.</summary>
    public required string LongerExamples { get; init; }
    public required int MinExamples { get; init; }
    public required FittingExamples? Training { get; init; }
    public required FittingExamples? Validation { get; init; }
    public required FittingExamples? Test { get; init; }
    /// <summary>What stands in the way of a job, or is lost in it; each is a warning of the report too.</summary>
    public required IReadOnlyList<FitProblem> Problems { get; init; }
}

public sealed record FitProblem(string Code, string Message);

/// <param name="NearDuplicates">Examples that resemble an earlier one of their own file; they stay in one part of the split.</param>
/// <param name="Leaks">Examples that resemble one of another file of the dataset.</param>
/// <param name="AllowedBecause">The request's reason, or null where leaks reject the version.</param>
/// <param name="Against">The versions of other datasets that it was compared with.</param>
/// <param name="LeaksAgainst">Examples that resemble one there which is on the other side of training.</param>
public sealed record LeakageObject(int NearDuplicates, int Leaks, string? AllowedBecause, IReadOnlyList<VersionReference>? Against = null, int? LeaksAgainst = null);

public sealed record SplitCounts(int Train, int Validation, int Test);

/// <param name="Line">1-based line of the source file, or null when the whole file is at fault.</param>
public sealed record DatasetError(string Code, string Message, int? Line);

public sealed record DatasetVersionList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<DatasetVersionObject> Data { get; init; }
    /// <summary>Numbers of the page's first and last version; null when it is empty.</summary>
    public int? FirstId { get; init; }
    public int? LastId { get; init; }
    public required bool HasMore { get; init; }
}

public sealed record DatasetList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<DatasetObject> Data { get; init; }
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public required bool HasMore { get; init; }
}

/// <summary>`GET /v1/datasets/{id}/versions/{n}/report`.</summary>
public sealed record DatasetReport
{
    public string Object { get; init; } = "dataset.report";
    public required string DatasetId { get; init; }
    public required int Version { get; init; }
    public required string Status { get; init; }
    public required int Lines { get; init; }
    public required int Examples { get; init; }
    public required TokenDistribution? Tokens { get; init; }
    /// <summary>All problems counted; the first 1,000 listed.</summary>
    public required int ProblemCount { get; init; }
    public required IReadOnlyList<DatasetProblem> Problems { get; init; }
    /// <summary>`ready`; `computing`, then ask again; or `unavailable`: the version is not `validated`, or a file of it was deleted.</summary>
    public string FiguresStatus { get; init; } = "unavailable";
    /// <summary>Null unless `ready`.</summary>
    public DatasetFigures? Figures { get; init; }
}

public sealed record TokenDistribution(long Total, int Min, int P5, int P50, int P95, int Max);

/// <param name="Line">1-based, or null when the whole file is at fault.</param>
/// <param name="MessageIndex">0-based index into `messages`, or null.</param>
/// <param name="Path">JSON path inside the line, or null when the line is not JSON.</param>
/// <param name="Severity">`error` rejects the file; `warning` does not.</param>
/// <param name="File">The file the line is in, where a dataset has more than one.</param>
public sealed record DatasetProblem(int? Line, int? MessageIndex, string? Path, string Severity, string Code, string Message, string? File = null);

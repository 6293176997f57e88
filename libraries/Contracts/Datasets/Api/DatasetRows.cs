using System.Text.Json;

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>One row of a version: an example as it stands in the file of its part.</summary>
/// <param name="Id">SHA-256 of its line, lower-case hex; equal rows have equal ids.</param>
/// <param name="Part">`training`, `validation` or `test`.</param>
/// <param name="Line">1-based, in the file of its part.</param>
/// <param name="SourceLine">1-based line, row or element that it came from: of the source file, or of the parent's part.</param>
/// <param name="Group">Rows of an equal group stay in one part.</param>
/// <param name="Content">The example; null when the part's file was deleted.</param>
public sealed record DatasetRow(string Id, string Part, int Line, int SourceLine, string Group, JsonElement? Content)
{
    public string Object { get; init; } = "dataset.row";
}

/// <summary>`GET /v1/datasets/{id}/versions/{n}/rows`: the rows of one part in their order.</summary>
public sealed record DatasetRowList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<DatasetRow> Data { get; init; }
    /// <summary>To be sent as `after` for the next page; null on the last one.</summary>
    public string? NextAfter { get; init; }
    public required bool HasMore { get; init; }
}

/// <summary>`GET /v1/datasets/{id}/versions/{n}/diff`: rows are compared by content, so a changed one counts as removed and added.</summary>
public sealed record DatasetDiff
{
    public string Object { get; init; } = "dataset.diff";
    public required string DatasetId { get; init; }
    public required int From { get; init; }
    public required int To { get; init; }
    public required int Added { get; init; }
    public required int Removed { get; init; }
    /// <summary>In both, but in another part.</summary>
    public required int Moved { get; init; }
    public required int Unchanged { get; init; }
    /// <summary>Of the changes asked for; in the order of the rows' ids.</summary>
    public required IReadOnlyList<DatasetChange> Data { get; init; }
    public string? NextAfter { get; init; }
    public required bool HasMore { get; init; }
}

/// <param name="Change">`added`, `removed` or `moved`.</param>
/// <param name="Copies">How many equal rows it is true of.</param>
/// <param name="FromPart">Where the row was; null when it was added.</param>
/// <param name="Row">The row as it is in the newer version, or was in the older when it was removed.</param>
public sealed record DatasetChange(string Change, int Copies, string? FromPart, DatasetRow Row);

/// <summary>`GET /v1/datasets/{id}/versions/{n}/lineage`: where a version came from and what was made of it.</summary>
public sealed record DatasetLineage
{
    public string Object { get; init; } = "dataset.lineage";
    public required string DatasetId { get; init; }
    public required int Version { get; init; }
    /// <summary>The version itself, its parent, and so on to the one that came of files.</summary>
    public required IReadOnlyList<DatasetVersionObject> Ancestors { get; init; }
    /// <summary>Numbers of the versions made of this one's rows, and of theirs.</summary>
    public required IReadOnlyList<int> Descendants { get; init; }
    /// <summary>Fine-tuning jobs that were given a file of this version.</summary>
    public required IReadOnlyList<DatasetUse> Jobs { get; init; }
}

/// <param name="Files">The version's files that it was given, by the job's fields: `training_file`, `validation_file`.</param>
/// <param name="Status">`running`, `succeeded`, `failed` or `cancelled`.</param>
/// <param name="Model">The model that came of it, or null.</param>
public sealed record DatasetUse(string JobId, IReadOnlyDictionary<string, string> Files, string Status, string? Model, long CreatedAt);

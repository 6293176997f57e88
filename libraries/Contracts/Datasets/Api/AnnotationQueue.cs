using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>`POST /v1/annotation_queues`: rows of a validated version, to be looked at by people.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateAnnotationQueueRequest
{
    public required string Name { get; init; }
    public required string DatasetId { get; init; }
    public required int Version { get; init; }
    /// <summary>`training`, `validation` or `test`; all of them when left out.</summary>
    public string? Part { get; init; }
    /// <summary>How many rows, drawn by <see cref="Seed"/>; all when left out. A queue has at most 10,000.</summary>
    public int? Sample { get; init; }
    public int Seed { get; init; }
    /// <summary>Who looks at them.</summary>
    public required IReadOnlyList<string> Annotators { get; init; }
    /// <summary>How many annotators look at each row.</summary>
    public int AnnotatorsPerRow { get; init; } = 1;
    /// <summary>The labels to choose from; none when left out.</summary>
    public IReadOnlyList<string>? Labels { get; init; }
    /// <summary>Whether a row's label takes the place of its answer, the last assistant message.</summary>
    public bool LabelsAreAnswers { get; init; }
    public string? Instructions { get; init; }
    /// <summary>A model that answers each row first, as a proposal.</summary>
    public string? PrelabelModel { get; init; }
}

public sealed record AnnotationQueueObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "annotation_queue";
    public required string Name { get; init; }
    public required string DatasetId { get; init; }
    public required int Version { get; init; }
    public required string? Part { get; init; }
    public required IReadOnlyList<string> Annotators { get; init; }
    public required int AnnotatorsPerRow { get; init; }
    public required IReadOnlyList<string> Labels { get; init; }
    public required bool LabelsAreAnswers { get; init; }
    public required string? Instructions { get; init; }
    public required string? PrelabelModel { get; init; }
    /// <summary>The name of the API key that made it.</summary>
    public required string? Author { get; init; }
    public required long CreatedAt { get; init; }
    public required AnnotationCounts Counts { get; init; }
    /// <summary>Null in lists.</summary>
    public AnnotationAgreement? Agreement { get; init; }
}

/// <param name="Open">Some annotator has not decided yet.</param>
/// <param name="Agreed">All have, and alike.</param>
/// <param name="Disputed">All have, and not alike: somebody must adjudicate.</param>
public sealed record AnnotationCounts(int Total, int Open, int Agreed, int Disputed, int Adjudicated, int Prelabelled, int PrelabelFailed);

/// <summary>How far annotators agree beyond chance, on verdicts and on labels; adjudications do not count.</summary>
public sealed record AnnotationAgreement(KappaObject Verdicts, KappaObject? Labels);

/// <param name="Pairs">Cohen's kappa of every two annotators over the rows that both decided.</param>
/// <param name="Fleiss">Over the rows that all their annotators decided; null unless each row has two or more.</param>
public sealed record KappaObject(IReadOnlyList<PairKappa> Pairs, FleissKappa? Fleiss);

/// <param name="Agreement">The share of rows that they decided alike.</param>
/// <param name="Kappa">Cohen (1960); null where chance alone explains all agreement, because only one category was used.</param>
public sealed record PairKappa(string First, string Second, int Rows, double Agreement, double? Kappa);

/// <param name="Kappa">Fleiss (1971); null as with <see cref="PairKappa.Kappa"/>.</param>
public sealed record FleissKappa(int Rows, int Raters, double? Kappa);

public sealed record AnnotationQueueList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<AnnotationQueueObject> Data { get; init; }
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public required bool HasMore { get; init; }
}

/// <summary>One row of a queue.</summary>
public sealed record AnnotationItemObject
{
    public string Object { get; init; } = "annotation_queue.item";
    public required string QueueId { get; init; }
    /// <summary>1-based place in the queue; names the item.</summary>
    public required int Number { get; init; }
    /// <summary>`open`, `agreed`, `disputed` or `adjudicated`.</summary>
    public required string Status { get; init; }
    public required IReadOnlyList<string> Annotators { get; init; }
    public required DatasetRow Row { get; init; }
    /// <summary>What the queue's model answered, or null.</summary>
    public required string? Prelabel { get; init; }
    public required string? PrelabelError { get; init; }
    /// <summary>Every decision ever made, the newest last; of an annotator's several the newest counts. Empty in `next`, so that people decide on their own.</summary>
    public required IReadOnlyList<AnnotationDecisionObject> Decisions { get; init; }
}

public sealed record AnnotationItemList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<AnnotationItemObject> Data { get; init; }
    public int? FirstId { get; init; }
    public int? LastId { get; init; }
    public required bool HasMore { get; init; }
}

/// <param name="Author">The name of the API key that sent it.</param>
/// <param name="Adjudication">Whether it settles a dispute.</param>
public sealed record AnnotationDecisionObject(string? Annotator, string? Author, string Verdict, JsonElement? Content, string? Label, string? Comment, bool Adjudication, long CreatedAt);

/// <summary>`POST /v1/annotation_queues/{id}/items/{number}/decisions` and `…/adjudication`.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record AnnotationDecisionRequest
{
    /// <summary>Who decides; the name of the API key when left out.</summary>
    public string? Annotator { get; init; }
    /// <summary>Required: `accept` keeps the row, `reject` drops it, `edit` puts <see cref="Content"/> in its place.</summary>
    public string? Verdict { get; init; }
    public JsonElement? Content { get; init; }
    /// <summary>One of the queue's labels.</summary>
    public string? Label { get; init; }
    public string? Comment { get; init; }
}

/// <summary>`POST /v1/annotation_queues/{id}/versions`: the rows as the annotators left them, as a new version.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateAnnotatedVersionRequest
{
    /// <summary>What becomes of rows that are still open or disputed: `refuse` makes no version, `keep` keeps them as they were.</summary>
    public string Unresolved { get; init; } = "refuse";
    public string? Note { get; init; }
}

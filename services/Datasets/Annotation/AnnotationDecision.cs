using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>What somebody decided of an item. Never changed and never removed: a second thought is a second decision.</summary>
public sealed class AnnotationDecision
{
    public const string Accept = "accept";
    public const string Reject = "reject";
    public const string Edit = "edit";
    public static readonly IReadOnlyList<string> Verdicts = [Accept, Reject, Edit];

    private AnnotationDecision() { }

    public long Id { get; private set; }
    public string QueueId { get; private set; } = "";
    public int Number { get; private set; }
    public string? Annotator { get; private set; }
    public string? Author { get; private set; }
    public string Verdict { get; private set; } = "";
    /// <summary>The row that takes the place of the old one, as one line of JSON; only with `edit`.</summary>
    public string? Content { get; private set; }
    public string? Label { get; private set; }
    public string? Comment { get; private set; }
    public bool Adjudication { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }

    /// <param name="request">Has one of the verdicts.</param>
    public static AnnotationDecision Create(AnnotationItem item, AnnotationDecisionRequest request, string? annotator, string? author, bool adjudication, TimeProvider clock) => new()
    {
        QueueId = item.QueueId,
        Number = item.Number,
        Annotator = annotator,
        Author = author,
        Verdict = request.Verdict!,
        Content = request.Content is { } content ? JsonSerializer.Serialize(content) : null,
        Label = request.Label,
        Comment = request.Comment,
        Adjudication = adjudication,
        CreatedAt = clock.GetUtcNow(),
    };

    public AnnotationDecisionObject ToObject() =>
        new(Annotator, Author, Verdict, Content is null ? null : JsonDocument.Parse(Content).RootElement.Clone(), Label, Comment, Adjudication, CreatedAt.ToUnixTimeSeconds());
}

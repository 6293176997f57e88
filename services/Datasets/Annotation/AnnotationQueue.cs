using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>Rows of one version that people are to look at. What they decide is kept in <see cref="AnnotationDecision"/>s and changes nothing until a version is made of it.</summary>
public sealed class AnnotationQueue
{
    public const int MostItems = 10_000;

    private AnnotationQueue() { }

    public string Id { get; private set; } = "";
    public string Project { get; private set; } = "";
    public string Name { get; private set; } = "";
    public string DatasetId { get; private set; } = "";
    public int Version { get; private set; }
    public string? Part { get; private set; }
    public List<string> Annotators { get; private set; } = [];
    public int AnnotatorsPerRow { get; private set; }
    public List<string> Labels { get; private set; } = [];
    public bool LabelsAreAnswers { get; private set; }
    public string? Instructions { get; private set; }
    public string? PrelabelModel { get; private set; }
    public string? Author { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }

    public static AnnotationQueue Create(string project, CreateAnnotationQueueRequest request, string? author, TimeProvider clock) => new()
    {
        Id = PrefixedId.New("annq_", clock),
        Project = project,
        Name = request.Name,
        DatasetId = request.DatasetId,
        Version = request.Version,
        Part = request.Part,
        Annotators = [.. request.Annotators],
        AnnotatorsPerRow = request.AnnotatorsPerRow,
        Labels = [.. request.Labels ?? []],
        LabelsAreAnswers = request.LabelsAreAnswers,
        Instructions = request.Instructions,
        PrelabelModel = request.PrelabelModel,
        Author = author,
        CreatedAt = clock.GetUtcNow(),
    };

    /// <summary>The annotators of the item with the number, dealt out in turn.</summary>
    public List<string> AnnotatorsOf(int number) => [.. Enumerable.Range(0, AnnotatorsPerRow).Select(turn => Annotators[(number - 1 + turn) % Annotators.Count])];

    public AnnotationQueueObject ToObject(AnnotationCounts counts, AnnotationAgreement? agreement) => new()
    {
        Id = Id,
        Name = Name,
        DatasetId = DatasetId,
        Version = Version,
        Part = Part,
        Annotators = Annotators,
        AnnotatorsPerRow = AnnotatorsPerRow,
        Labels = Labels,
        LabelsAreAnswers = LabelsAreAnswers,
        Instructions = Instructions,
        PrelabelModel = PrelabelModel,
        Author = Author,
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        Counts = counts,
        Agreement = agreement,
    };
}

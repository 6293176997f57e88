namespace FineTuneAspire.Datasets.Annotation;

/// <summary>One row of a queue. Its status follows from its decisions (see <see cref="Outcome"/>) and is kept so that it can be asked for.</summary>
public sealed class AnnotationItem
{
    private const int MaxPrelabelAttempts = 3;
    private const int LongestPrelabel = 100_000;

    private AnnotationItem() { }

    public string QueueId { get; private set; } = "";
    public int Number { get; private set; }
    /// <summary>SHA-256 of the row's line, lower-case hex. Equal rows of a version are one item.</summary>
    public string RowId { get; private set; } = "";
    public List<string> Annotators { get; private set; } = [];
    public string Status { get; private set; } = Outcome.Open;

    public string? Prelabel { get; private set; }
    public string? PrelabelError { get; private set; }
    public int PrelabelAttempts { get; private set; }
    /// <summary>Null when no model is to be asked (any more).</summary>
    public DateTimeOffset? PrelabelDueAt { get; private set; }

    public static AnnotationItem Create(AnnotationQueue queue, int number, string rowId) => new()
    {
        QueueId = queue.Id,
        Number = number,
        RowId = rowId,
        Annotators = queue.AnnotatorsOf(number),
        PrelabelDueAt = queue.PrelabelModel is null ? null : queue.CreatedAt,
    };

    public void Follow(Outcome outcome) => Status = outcome.Status;

    /// <summary>Counts the asking before it is done, so that one which kills its process counts too.</summary>
    public void BeginPrelabel(TimeProvider clock, TimeSpan patience) => (PrelabelAttempts, PrelabelDueAt) = (PrelabelAttempts + 1, clock.GetUtcNow() + patience);

    public void EndPrelabel(string answer) => (Prelabel, PrelabelError, PrelabelDueAt) = (answer.Length > LongestPrelabel ? answer[..LongestPrelabel] : answer, null, null);

    public void FailPrelabel(string error, TimeProvider clock) =>
        (PrelabelError, PrelabelDueAt) = (error, PrelabelAttempts < MaxPrelabelAttempts ? clock.GetUtcNow() + TimeSpan.FromSeconds(1 << PrelabelAttempts) : null);
}

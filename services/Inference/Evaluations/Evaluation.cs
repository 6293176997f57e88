namespace FineTuneAspire.Inference.Evaluations;

/// <summary>An evaluation as a row: what is asked for, how far it is, and who works on it. Its answers are rows of their own.</summary>
public sealed class Evaluation
{
    public const string Queued = "queued", Running = "running", Succeeded = "succeeded", Failed = "failed", Cancelled = "cancelled";

    public required string Id { get; init; }
    public required string Project { get; init; }
    public string? Name { get; init; }
    public required string File { get; init; }
    public string? Dataset { get; init; }
    public string Status { get; private set; } = Queued;

    /// <summary>Lines of the file; null until it has been read to its end.</summary>
    public int? Examples { get; private set; }
    public string? ErrorCode { get; private set; }
    public string? ErrorMessage { get; private set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; private set; }

    /// <summary>W3C context of the request that created it.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The worker that runs it, until <see cref="LeaseUntil"/> by the database's clock.</summary>
    public Guid? LeaseOwner { get; private set; }
    public DateTimeOffset? LeaseUntil { get; private set; }
    public List<EvaluatedModel> Models { get; init; } = [];

    public bool HasEnded => Status is Succeeded or Failed or Cancelled;
}

/// <summary>One of the models of an evaluation, in the order asked for, and where it was found when the evaluation was created.</summary>
public sealed class EvaluatedModel
{
    public required string EvaluationId { get; init; }
    public required int Position { get; init; }
    public required string Model { get; init; }
    public required string Provider { get; init; }
    public required string UpstreamModel { get; init; }
}

public enum AnswerOutcome
{
    /// <summary>The trimmed answer equals the trimmed reference.</summary>
    Correct,
    Wrong,
    /// <summary>No answer after several tries.</summary>
    Failed,
}

/// <summary>One model's result for one line. The texts themselves are not kept.</summary>
public sealed class EvaluationAnswer
{
    public required string EvaluationId { get; init; }

    /// <summary>Which model: <see cref="EvaluatedModel.Position"/>.</summary>
    public required int Position { get; init; }

    /// <summary>0-based line of the file.</summary>
    public required int Example { get; init; }
    public required AnswerOutcome Outcome { get; init; }
    public string? Tag { get; init; }
}

namespace FineTuneAspire.Inference.Models;

/// <summary>A model that a job of a project made, or one of its checkpoints: our id, and where it really lives.</summary>
public sealed class TunedModel
{
    /// <summary>`ft:base:project:suffix:id`, for a checkpoint with `:ckpt-step-N` behind it.</summary>
    public required string Id { get; init; }
    public required string Project { get; init; }
    public required string Provider { get; init; }
    public required string UpstreamModel { get; init; }
    public required string BaseModel { get; init; }
    public required string JobId { get; init; }

    /// <summary>Null for the final model.</summary>
    public int? Step { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>A deleted row stays, so that a late copy of the event cannot bring the model back.</summary>
    public DateTimeOffset? DeletedAt { get; private set; }

    /// <summary>False when it was deleted before.</summary>
    public bool TryDelete(DateTimeOffset now)
    {
        if (DeletedAt is not null)
            return false;
        DeletedAt = now;
        return true;
    }
}

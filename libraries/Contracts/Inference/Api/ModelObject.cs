namespace FineTuneAspire.Contracts.Inference.Api;

/// <summary>OpenAI's model object. Extra fields of ours: <c>provider</c>, and for tuned models <c>base_model</c>, <c>fine_tuning_job</c> and <c>step</c>.</summary>
public sealed record ModelObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "model";
    /// <summary>Unix seconds; 0 where a provider does not say.</summary>
    public required long Created { get; init; }
    /// <summary>The provider's word for a base model; the project of a tuned one.</summary>
    public required string OwnedBy { get; init; }
    public required string Provider { get; init; }
    public string? BaseModel { get; init; }
    public string? FineTuningJob { get; init; }
    /// <summary>The training step of a checkpoint; null for anything else.</summary>
    public int? Step { get; init; }
}

/// <summary>`GET /v1/models`: never paged, as OpenAI's.</summary>
public sealed record ModelList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<ModelObject> Data { get; init; }
}

public sealed record ModelDeleted(string Id, string Object, bool Deleted);

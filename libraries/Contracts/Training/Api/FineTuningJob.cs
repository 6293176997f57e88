using System.Text.Json;

namespace FineTuneAspire.Contracts.Training.Api;

/// <summary>OpenAI's job object, as our clients read it. Extra fields of ours: <c>provider</c>.</summary>
public sealed record FineTuningJob
{
    public required string Id { get; init; }
    public string Object { get; init; } = "fine_tuning.job";
    public required long CreatedAt { get; init; }
    public FineTuningError? Error { get; init; }
    public string? FineTunedModel { get; init; }
    public long? FinishedAt { get; init; }
    /// <summary>Only for supervised jobs, as OpenAI does; each value is a number or `"auto"`.</summary>
    public JsonElement? Hyperparameters { get; init; }
    public required string Model { get; init; }
    /// <summary>The project of the key that created the job.</summary>
    public required string OrganizationId { get; init; }
    public required IReadOnlyList<string> ResultFiles { get; init; }
    /// <summary>`validating_files`, `queued`, `running`, `paused`, `succeeded`, `failed`, `cancelled`; treat others as not ended.</summary>
    public required string Status { get; init; }
    public long? TrainedTokens { get; init; }
    public required string TrainingFile { get; init; }
    public string? ValidationFile { get; init; }
    public int? Seed { get; init; }
    public IReadOnlyList<JsonElement> Integrations { get; init; } = [];
    public long? EstimatedFinish { get; init; }
    public JsonElement? Method { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    public string? UserProvidedSuffix { get; init; }
    public string? Provider { get; init; }
    /// <summary>Why a job that looks idle is idle, for example `outcome_unknown`; null otherwise.</summary>
    public string? StatusReason { get; init; }
}

public sealed record FineTuningError(string Code, string Message, string? Param);

public sealed record FineTuningJobList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<FineTuningJob> Data { get; init; }
    public required bool HasMore { get; init; }
}

/// <summary>`type`: `message`, `metrics` or `moderation_checks`; `data` of a metrics event holds step, train_loss, ….</summary>
public sealed record FineTuningJobEvent
{
    public required string Id { get; init; }
    public string Object { get; init; } = "fine_tuning.job.event";
    public required long CreatedAt { get; init; }
    public required string Level { get; init; }
    public required string Message { get; init; }
    public required string Type { get; init; }
    public JsonElement? Data { get; init; }
}

public sealed record FineTuningJobEventList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<FineTuningJobEvent> Data { get; init; }
    public required bool HasMore { get; init; }
}

public sealed record FineTuningJobCheckpoint
{
    public required string Id { get; init; }
    public string Object { get; init; } = "fine_tuning.job.checkpoint";
    public required long CreatedAt { get; init; }
    public required string FineTunedModelCheckpoint { get; init; }
    public required string FineTuningJobId { get; init; }
    public required int StepNumber { get; init; }
    public required JsonElement Metrics { get; init; }
}

public sealed record FineTuningJobCheckpointList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<FineTuningJobCheckpoint> Data { get; init; }
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public required bool HasMore { get; init; }
}

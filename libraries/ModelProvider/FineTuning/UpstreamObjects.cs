using System.Text.Json;

namespace FineTuneAspire.ModelProvider.FineTuning;

/// <summary>What is sent to create a supervised job. A hyperparameter that is null is left to the provider (`"auto"`).</summary>
public sealed record CreateUpstreamJob
{
    public required string Model { get; init; }
    public required string TrainingFile { get; init; }
    public string? ValidationFile { get; init; }
    public string? Suffix { get; init; }
    public int? Seed { get; init; }
    public int? EpochCount { get; init; }
    public int? BatchSize { get; init; }
    public double? LearningRateMultiplier { get; init; }
    public required IReadOnlyDictionary<string, string> Metadata { get; init; }
}

/// <summary>A job as a provider shows it.</summary>
/// <param name="Status">As sent; providers know words that are in no list (`paused`), so treat what you do not know as "not ended".</param>
/// <param name="CreatedAt">Unix seconds, as all times here.</param>
/// <param name="Error">Null when absent, null or `{}`.</param>
/// <param name="Hyperparameters">Of the supervised method, as sent: numbers or `"auto"`.</param>
public sealed record UpstreamJob(
    string Id, string Status, long CreatedAt, long? FinishedAt, string? FineTunedModel, long? TrainedTokens, UpstreamJobError? Error,
    IReadOnlyList<string> ResultFiles, IReadOnlyDictionary<string, string> Metadata, long? EstimatedFinish, int? Seed, JsonElement? Hyperparameters);

public sealed record UpstreamJobError(string? Code, string? Message, string? Param);

/// <param name="Type">`message`, `metrics`, `moderation_checks` or another word.</param>
/// <param name="Data">Null when absent, null or `{}`.</param>
public sealed record UpstreamEvent(string Id, long CreatedAt, string Level, string Message, string Type, JsonElement? Data);

/// <param name="Model">The provider's id of the checkpoint; that of the last one may equal the job's model.</param>
public sealed record UpstreamCheckpoint(string Id, long CreatedAt, string Model, int Step, JsonElement? Metrics);

public sealed record UpstreamFile(string Id, string Filename, string Purpose, long Bytes, long CreatedAt);

/// <param name="ShutdownDate">The day on which the provider stops the model, where it says so.</param>
public sealed record UpstreamModel(string Id, long Created, string OwnedBy, DateOnly? ShutdownDate);

public sealed record UpstreamPage<T>(IReadOnlyList<T> Items, bool HasMore);

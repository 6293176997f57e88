using System.Text.Json;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>A job as clients see it. `error` is `{}` while there is none, as OpenAI sends it.</summary>
public sealed record JobObject(
    string Object, string Id, string Model, long CreatedAt, long? FinishedAt, string? FineTunedModel, string OrganizationId, IReadOnlyList<string> ResultFiles,
    string Status, string? ValidationFile, string TrainingFile, Hyperparameters Hyperparameters, long? TrainedTokens, IReadOnlyDictionary<string, string?> Error,
    string? UserProvidedSuffix, int Seed, long? EstimatedFinish, IReadOnlyList<object> Integrations, IReadOnlyDictionary<string, string>? Metadata, MethodObject Method)
{
    private static readonly IReadOnlyDictionary<string, string?> NoError = new Dictionary<string, string?>();

    public static JobObject From(FineTuningJob job)
    {
        var hyperparameters = new Hyperparameters(new(job.Epochs), new(job.BatchSize), new(job.LearningRateMultiplier));
        var error = job.ErrorCode is null ? NoError : new Dictionary<string, string?> { ["code"] = job.ErrorCode, ["message"] = job.ErrorMessage, ["param"] = job.ErrorParam };
        return new JobObject(
            "fine_tuning.job", job.Id, job.Model, job.CreatedAt, job.FinishedAt, job.FineTunedModel, "org-local", job.ResultFile is null ? [] : [job.ResultFile],
            Word(job.Status), job.ValidationFile, job.TrainingFile, hyperparameters, job.TrainedTokens, error,
            job.Suffix, job.Seed, job.EstimatedFinish, [], job.Metadata.Count == 0 ? null : job.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value),
            new MethodObject("supervised", new SupervisedObject(hyperparameters)));
    }

    public static string Word(JobStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());
}

public sealed record MethodObject(string Type, SupervisedObject Supervised);

public sealed record SupervisedObject(Hyperparameters Hyperparameters);

public sealed record JobList(string Object, IReadOnlyList<JobObject> Data, bool HasMore);

public sealed record EventObject(string Object, string Id, long CreatedAt, string Level, string Message, JsonElement Data, string Type)
{
    public static EventObject From(JobEvent one) =>
        new("fine_tuning.job.event", one.Id, one.CreatedAt, one.Level, one.Message, JsonSerializer.Deserialize<JsonElement>(one.Data, WireJson.Options), one.Type);
}

public sealed record EventList(string Object, IReadOnlyList<EventObject> Data, bool HasMore);

public sealed record CheckpointObject(string Object, string Id, long CreatedAt, string FineTunedModelCheckpoint, string FineTuningJobId, JsonElement Metrics, int StepNumber)
{
    public static CheckpointObject From(Checkpoint checkpoint) =>
        new("fine_tuning.job.checkpoint", checkpoint.Id, checkpoint.CreatedAt, checkpoint.Model, checkpoint.JobId,
            JsonSerializer.Deserialize<JsonElement>(checkpoint.Metrics, WireJson.Options), checkpoint.Step);
}

public sealed record CheckpointList(string Object, IReadOnlyList<CheckpointObject> Data, string? FirstId, string? LastId, bool HasMore);

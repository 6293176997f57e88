using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Training.Jobs;

/// <summary>A job row as OpenAI's job object.</summary>
internal static class JobObject
{
    public static FineTuningJob From(Job job)
    {
        var hyperparameters = Hyperparameters(job);
        return new()
        {
            Id = job.Id,
            CreatedAt = job.CreatedAt.ToUnixTimeSeconds(),
            Error = job.ErrorCode is null ? null : new(job.ErrorCode, job.ErrorMessage ?? "", job.ErrorParam),
            FineTunedModel = job.FineTunedModel,
            FinishedAt = job.FinishedAt?.ToUnixTimeSeconds(),
            Hyperparameters = hyperparameters,
            Model = job.Model,
            OrganizationId = job.Project,
            ResultFiles = job.ResultFiles,
            Status = job.Status,
            TrainedTokens = job.TrainedTokens,
            TrainingFile = job.TrainingFile.Id,
            ValidationFile = job.ValidationFile?.Id,
            Seed = job.Seed,
            EstimatedFinish = job.IsTerminal ? null : job.EstimatedFinish?.ToUnixTimeSeconds(),
            Method = JsonSerializer.SerializeToElement(new { type = "supervised", supervised = new { hyperparameters } }),
            Metadata = job.Metadata is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(job.Metadata, WireJson.Options),
            UserProvidedSuffix = job.Suffix,
            Provider = job.Provider,
            StatusReason = job.StatusReason,
        };
    }

    // A number that the client left to the provider shows as "auto" until the provider says what it chose.
    private static JsonElement Hyperparameters(Job job)
    {
        using var chosen = JsonDocument.Parse(job.UpstreamHyperparameters ?? "{}");
        return JsonSerializer.SerializeToElement(new JsonObject
        {
            ["n_epochs"] = job.EpochCount is { } epochs ? epochs : Chosen(chosen, "n_epochs"),
            ["batch_size"] = job.BatchSize is { } batch ? batch : Chosen(chosen, "batch_size"),
            ["learning_rate_multiplier"] = job.LearningRateMultiplier is { } multiplier ? multiplier : Chosen(chosen, "learning_rate_multiplier"),
        });
    }

    private static JsonNode Chosen(JsonDocument upstream, string name) =>
        upstream.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? JsonValue.Create(value)! : "auto";
}

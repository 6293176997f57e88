using System.Text.Json;
using System.Text.Json.Serialization;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>Body of `POST /v1/fine_tuning/jobs`. A field that is not here is refused by name, because leaving it out would change what is trained.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateJobRequest
{
    public required string Model { get; init; }
    public required string TrainingFile { get; init; }
    public string? ValidationFile { get; init; }
    public string? Suffix { get; init; }
    public long? Seed { get; init; }
    public MethodRequest? Method { get; init; }

    /// <summary>Deprecated by OpenAI in favour of `method`, and still what much code sends.</summary>
    public HyperparametersRequest? Hyperparameters { get; init; }
    public Dictionary<string, string>? Metadata { get; init; }
    public JsonElement? Integrations { get; init; }

    /// <summary>The first thing wrong with the body by itself, or null.</summary>
    public ApiError? Refusal()
    {
        if (Integrations is { ValueKind: not JsonValueKind.Null } given && !(given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0))
            return ApiError.BadRequest("This provider has no integrations; leave 'integrations' out.", "integrations", "unsupported_parameter");
        if (Method is not null && Method.Type != "supervised")
            return ApiError.BadRequest($"This provider trains with the method 'supervised'; '{Method.Type}' is not supported.", "method.type", "unsupported_value");
        if (Method?.Dpo is { ValueKind: not JsonValueKind.Null })
            return ApiError.BadRequest("This provider trains with the method 'supervised'; leave 'method.dpo' out.", "method.dpo", "unsupported_parameter");
        if (Method?.Reinforcement is { ValueKind: not JsonValueKind.Null })
            return ApiError.BadRequest("This provider trains with the method 'supervised'; leave 'method.reinforcement' out.", "method.reinforcement", "unsupported_parameter");
        if (Hyperparameters is not null && Method?.Supervised?.Hyperparameters is not null)
            return ApiError.BadRequest("Give hyperparameters in 'method.supervised' or at the top level, not in both.", "hyperparameters");
        if (Suffix is { Length: < 1 or > 64 })
            return ApiError.BadRequest("'suffix' must have from 1 to 64 characters.", "suffix");
        if (Seed is < 0 or > int.MaxValue)
            return ApiError.BadRequest($"'seed' must be from 0 to {int.MaxValue}.", "seed");
        if (Metadata?.Count > 16)
            return ApiError.BadRequest($"'metadata' has {Metadata.Count} pairs; at most 16 are kept.", "metadata");
        if (Metadata?.FirstOrDefault(pair => pair.Key.Length > 64 || pair.Value is null || pair.Value.Length > 512) is { Key: not null } pair)
            return ApiError.BadRequest($"'metadata': a key has at most 64 characters and its value is a string of at most 512. Mend '{pair.Key[..Math.Min(pair.Key.Length, 64)]}'.", "metadata");
        return Chosen.Refusal();
    }

    [JsonIgnore]
    public HyperparametersRequest Chosen => Method?.Supervised?.Hyperparameters ?? Hyperparameters ?? new HyperparametersRequest();
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MethodRequest
{
    public required string Type { get; init; }
    public SupervisedRequest? Supervised { get; init; }
    public JsonElement? Dpo { get; init; }
    public JsonElement? Reinforcement { get; init; }
}

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SupervisedRequest
{
    public HyperparametersRequest? Hyperparameters { get; init; }
}

/// <summary>Each a number, "auto", or left out, which means "auto".</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record HyperparametersRequest
{
    public NumberOrAuto? NEpochs { get; init; }
    public NumberOrAuto? BatchSize { get; init; }
    public NumberOrAuto? LearningRateMultiplier { get; init; }

    public ApiError? Refusal()
    {
        if (!IsWhole(NEpochs, 50))
            return ApiError.BadRequest("'n_epochs' must be \"auto\" or a whole number from 1 to 50.", "n_epochs");
        if (!IsWhole(BatchSize, 256))
            return ApiError.BadRequest("'batch_size' must be \"auto\" or a whole number from 1 to 256.", "batch_size");
        // Above 100 times the default rate no run of ours has ever converged; far above, floats overflow.
        if (LearningRateMultiplier?.Value is <= 0 or > 100)
            return ApiError.BadRequest("'learning_rate_multiplier' must be \"auto\" or a number greater than 0 and at most 100.", "learning_rate_multiplier");
        return null;
    }

    private static bool IsWhole(NumberOrAuto? given, int max) => given?.Value is not { } value || (value >= 1 && value <= max && value == Math.Floor(value));
}

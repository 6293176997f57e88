using System.Text.Json;
using System.Text.Json.Serialization;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Training.Jobs;

/// <summary>The body's `method`. Only `supervised` is trained for now; the others are refused by name.</summary>
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

/// <summary>Each is a number or `"auto"`; absent and null mean `"auto"`.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record HyperparametersRequest
{
    [JsonPropertyName("n_epochs")]
    public JsonElement? EpochCount { get; init; }
    public JsonElement? BatchSize { get; init; }
    public JsonElement? LearningRateMultiplier { get; init; }
}

/// <summary>Checked hyperparameters; null is `"auto"`.</summary>
internal sealed record Hyperparameters(int? EpochCount, int? BatchSize, double? LearningRateMultiplier)
{
    /// <summary>Reads both forms, the `method` and the deprecated top-level one; a value set in both must be the same.</summary>
    public static ApiError? Read(MethodRequest? method, HyperparametersRequest? deprecated, out Hyperparameters result)
    {
        result = new(null, null, null);
        if (method is { Type: not "supervised" })
        {
            return method.Type is "dpo" or "reinforcement"
                ? ApiError.BadRequest($"Method '{method.Type}' is not supported yet; use 'supervised'.", "method.type", "unsupported_value")
                : ApiError.BadRequest($"Invalid value for 'method.type': '{method.Type}'. Use 'supervised'.", "method.type", "invalid_value");
        }

        if (IsGiven(method?.Dpo))
            return ApiError.BadRequest("'method.dpo' does not belong to a supervised job.", "method.dpo", "unsupported_value");
        if (IsGiven(method?.Reinforcement))
            return ApiError.BadRequest("'method.reinforcement' does not belong to a supervised job.", "method.reinforcement", "unsupported_value");

        const string methodPlace = "method.supervised.hyperparameters", topPlace = "hyperparameters";
        if (Check(method?.Supervised?.Hyperparameters, methodPlace, out var first) is { } refused)
            return refused;
        if (Check(deprecated, topPlace, out var second) is { } refusedToo)
            return refusedToo;
        if (method?.Supervised?.Hyperparameters is not null && deprecated is not null)
        {
            var differs = first.EpochCount != second.EpochCount ? "n_epochs" : first.BatchSize != second.BatchSize ? "batch_size" :
                first.LearningRateMultiplier != second.LearningRateMultiplier ? "learning_rate_multiplier" : null;
            if (differs is not null)
                return ApiError.BadRequest($"'{topPlace}.{differs}' and '{methodPlace}.{differs}' disagree. Set only the latter; the former is deprecated.", $"{topPlace}.{differs}", "invalid_value");
        }

        result = method?.Supervised?.Hyperparameters is not null ? first : second;
        return null;
    }

    private static ApiError? Check(HyperparametersRequest? given, string place, out Hyperparameters result)
    {
        result = new(null, null, null);
        if (given is null)
            return null;
        if (Whole(given.EpochCount, $"{place}.n_epochs", 50, out var epochs) is { } badEpochs)
            return badEpochs;
        if (Whole(given.BatchSize, $"{place}.batch_size", 256, out var batch) is { } badBatch)
            return badBatch;
        if (Positive(given.LearningRateMultiplier, $"{place}.learning_rate_multiplier", out var multiplier) is { } badMultiplier)
            return badMultiplier;
        result = new(epochs, batch, multiplier);
        return null;
    }

    private static ApiError? Whole(JsonElement? given, string place, int max, out int? value)
    {
        value = null;
        if (IsAuto(given))
            return null;
        if (given!.Value.ValueKind == JsonValueKind.Number && given.Value.TryGetDouble(out var number) && number == Math.Truncate(number) && number >= 1 && number <= max)
        {
            value = (int)number;
            return null;
        }

        return ApiError.BadRequest($"Invalid value for '{place}': it must be \"auto\" or a whole number from 1 to {max}.", place, "invalid_value");
    }

    private static ApiError? Positive(JsonElement? given, string place, out double? value)
    {
        value = null;
        if (IsAuto(given))
            return null;
        if (given!.Value.ValueKind == JsonValueKind.Number && given.Value.TryGetDouble(out var number) && number > 0 && double.IsFinite(number))
        {
            value = number;
            return null;
        }

        return ApiError.BadRequest($"Invalid value for '{place}': it must be \"auto\" or a number greater than 0.", place, "invalid_value");
    }

    private static bool IsGiven(JsonElement? element) => element is { ValueKind: not (JsonValueKind.Null or JsonValueKind.Undefined) };

    private static bool IsAuto(JsonElement? element) => !IsGiven(element) || element!.Value.ValueKind == JsonValueKind.String && element.Value.ValueEquals("auto");
}

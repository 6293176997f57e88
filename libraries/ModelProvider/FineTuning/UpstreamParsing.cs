using System.Globalization;
using System.Text.Json;

namespace FineTuneAspire.ModelProvider.FineTuning;

/// <summary>JSON of the wire to our records. Unknown fields are passed over; a missing id is the only thing that makes an object unreadable.</summary>
internal static class UpstreamParsing
{
    public static UpstreamJob Job(JsonElement json) => new(
        json.RequiredText("id"),
        json.Text("status") ?? "",
        json.Number("created_at") ?? 0,
        json.Number("finished_at"),
        json.Text("fine_tuned_model") is { Length: > 0 } model ? model : null,
        json.Number("trained_tokens"),
        json.Object("error") is { } error ? new(error.Text("code"), error.Text("message"), error.Text("param")) : null,
        // A result file is an id; some servers send the whole file object.
        [.. json.Items("result_files").Select(file => file.ValueKind == JsonValueKind.String ? file.GetString() : file.Text("id")).OfType<string>()],
        Metadata(json),
        json.Number("estimated_finish") is > 0 and var finish ? finish : null,
        json.Number("seed") is >= 0 and <= int.MaxValue and var seed ? (int)seed : null,
        json.Object("method")?.Object("supervised")?.Object("hyperparameters") ?? json.Object("hyperparameters"));

    public static UpstreamEvent Event(JsonElement json) => new(
        json.RequiredText("id"), json.Number("created_at") ?? 0, json.Text("level") ?? "info", json.Text("message") ?? "", json.Text("type") ?? "message", json.Object("data"));

    public static UpstreamCheckpoint Checkpoint(JsonElement json) => new(
        json.RequiredText("id"), json.Number("created_at") ?? 0, json.RequiredText("fine_tuned_model_checkpoint"), (int)(json.Number("step_number") ?? 0), json.Object("metrics"));

    public static UpstreamFile File(JsonElement json) => new(
        json.RequiredText("id"), json.Text("filename") ?? "", json.Text("purpose") ?? "", json.Number("bytes") ?? 0, json.Number("created_at") ?? 0);

    public static UpstreamModel Model(JsonElement json) => new(
        json.RequiredText("id"), json.Number("created") ?? 0, json.Text("owned_by") ?? "",
        DateOnly.TryParseExact(json.Text("shutdown_date"), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null);

    /// <summary>`data` is the one thing a list must have.</summary>
    public static UpstreamPage<T> Page<T>(JsonElement json, Func<JsonElement, T> item)
    {
        if (!json.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException("the list has no 'data' array");
        return new([.. data.EnumerateArray().Select(item)], json.Flag("has_more") ?? false);
    }

    public static byte[] CreateBody(CreateUpstreamJob job)
    {
        var body = new Dictionary<string, object> { ["model"] = job.Model, ["training_file"] = job.TrainingFile };
        if (job.ValidationFile is not null)
            body["validation_file"] = job.ValidationFile;
        if (job.Suffix is not null)
            body["suffix"] = job.Suffix;
        if (job.Seed is { } seed)
            body["seed"] = seed;
        var hyperparameters = new Dictionary<string, object>();
        if (job.EpochCount is { } epochs)
            hyperparameters["n_epochs"] = epochs;
        if (job.BatchSize is { } batch)
            hyperparameters["batch_size"] = batch;
        if (job.LearningRateMultiplier is { } multiplier)
            hyperparameters["learning_rate_multiplier"] = multiplier;
        if (hyperparameters.Count > 0)
            body["method"] = new Dictionary<string, object> { ["type"] = "supervised", ["supervised"] = new Dictionary<string, object> { ["hyperparameters"] = hyperparameters } };
        if (job.Metadata.Count > 0)
            body["metadata"] = job.Metadata;
        return JsonSerializer.SerializeToUtf8Bytes(body);
    }

    private static Dictionary<string, string> Metadata(JsonElement json)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var pair in json.Object("metadata")?.EnumerateObject() ?? default)
        {
            if (pair.Value.ValueKind == JsonValueKind.String)
                pairs[pair.Name] = pair.Value.GetString()!;
        }

        return pairs;
    }
}

using FineTuneAspire.ServiceDefaults;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>A line of a job's log: a message for people or the metrics of one step.</summary>
public sealed class JobEvent
{
    public long Seq { get; private set; }
    public required string Id { get; init; }
    public required string JobId { get; init; }
    public required long CreatedAt { get; init; }

    /// <summary>info, warn or error.</summary>
    public required string Level { get; init; }

    /// <summary>message or metrics.</summary>
    public required string Type { get; init; }
    public required string Message { get; init; }

    /// <summary>The JSON object of `data`.</summary>
    public required string Data { get; init; }

    public static JobEvent Of(string jobId, string message, TimeProvider clock, string level = "info") => New(jobId, level, "message", message, "{}", clock);

    public static JobEvent Metrics(string jobId, string message, string data, TimeProvider clock) => New(jobId, "info", "metrics", message, data, clock);

    private static JobEvent New(string jobId, string level, string type, string message, string data, TimeProvider clock) => new()
    {
        Id = PrefixedId.New("ftevent-", clock),
        JobId = jobId,
        CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds(),
        Level = level,
        Type = type,
        Message = message,
        Data = data,
    };
}

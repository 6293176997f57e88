namespace FineTuneAspire.Training.Events;

/// <summary>One line of a job's story: ours, or the provider's with its ids replaced by ours. <see cref="Seq"/> counts from 1 without a gap.</summary>
public sealed class JobEvent
{
    public required string JobId { get; init; }
    public required long Seq { get; init; }
    public required string Id { get; init; }
    /// <summary>Null for our own events.</summary>
    public string? UpstreamId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string Level { get; init; }
    public required string Message { get; init; }
    public required string Type { get; init; }
    /// <summary>A JSON object as text, or null.</summary>
    public string? Data { get; init; }
}

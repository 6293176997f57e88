namespace FineTuneAspire.Training.Checkpoints;

public sealed class JobCheckpoint
{
    public required string Id { get; init; }
    public required string JobId { get; init; }
    public required string UpstreamId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>Our id. That of the last step may be the job's own model.</summary>
    public required string Model { get; init; }
    public required string UpstreamModel { get; init; }
    public required int Step { get; init; }
    /// <summary>A JSON object as text.</summary>
    public required string Metrics { get; init; }
}

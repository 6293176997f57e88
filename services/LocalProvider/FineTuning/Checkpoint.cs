namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>The model as it was at the end of an epoch. The last <see cref="Kept"/> of a job are kept, each a model one can chat with.</summary>
public sealed class Checkpoint
{
    public const int Kept = 3;

    public long Seq { get; private set; }
    public required string Id { get; init; }
    public required string JobId { get; init; }
    public required long CreatedAt { get; init; }
    public required int Step { get; init; }

    /// <summary>The id to chat with: `…:ckpt-step-N`, and for a job's last epoch the fine-tuned model itself.</summary>
    public required string Model { get; init; }

    /// <summary>The JSON object of `metrics`.</summary>
    public required string Metrics { get; init; }
}

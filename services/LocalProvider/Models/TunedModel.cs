namespace FineTuneAspire.LocalProvider.Models;

/// <summary>A model that a job made: its result, or a checkpoint of it.</summary>
public sealed class TunedModel
{
    public long Seq { get; private set; }

    /// <summary>`ft:{base}:local:{suffix}:{id}`, with `:ckpt-step-{n}` for a checkpoint.</summary>
    public required string Id { get; init; }

    public required string JobId { get; init; }

    /// <summary>The base model at the root: a tuned model tuned again still names the base it descends from.</summary>
    public required string BaseModel { get; init; }

    /// <summary>Below <see cref="Persistence.DataFolder.Tuned"/>, so that the data folder can be moved.</summary>
    public required string Folder { get; init; }

    public required bool IsCheckpoint { get; init; }
    public required long CreatedAt { get; init; }
}

using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>
/// How far the work on a version is, and whether it is to be given up. A row of its own, because the version's is locked by whoever works on it:
/// the worker writes here every half second, and reads whether somebody wants it to stop.
/// </summary>
public sealed class VersionProgress
{
    private VersionProgress() { }

    public string DatasetId { get; private set; } = "";
    public int Number { get; private set; }
    public string Stage { get; private set; } = Queued;
    public long DoneBytes { get; private set; }
    public long TotalBytes { get; private set; }
    public DateTimeOffset UpdatedAt { get; private set; }
    public DateTimeOffset? CancelRequestedAt { get; private set; }

    public const string Queued = "queued";

    public static VersionProgress Create(DatasetVersion version) => new() { DatasetId = version.DatasetId, Number = version.Number, UpdatedAt = version.CreatedAt };

    public DatasetProgress ToObject() => new(Stage, DoneBytes, TotalBytes, UpdatedAt.ToUnixTimeSeconds(), CancelRequestedAt is not null);
}

namespace FineTuneAspire.Contracts.Datasets.Messages;

/// <summary>Event: a version was cancelled before it had ended.</summary>
public sealed record DatasetVersionCancelled(string DatasetId, int Version, string Project);

namespace FineTuneAspire.Contracts.Datasets.Messages;

/// <summary>Event: a version was asked for; <see cref="DatasetVersionValidated"/>, <see cref="DatasetVersionRejected"/> or <see cref="DatasetVersionCancelled"/> follows.</summary>
/// <param name="Parent">The version whose rows it is made of, or null.</param>
public sealed record DatasetVersionCreated(string DatasetId, int Version, string Project, int? Parent, string? Author);

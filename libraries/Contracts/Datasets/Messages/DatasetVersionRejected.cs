namespace FineTuneAspire.Contracts.Datasets.Messages;

/// <summary>Event: a version has errors; its report lists them.</summary>
public sealed record DatasetVersionRejected(string DatasetId, int Version, string Project, string Code, string Message, int? Line);

namespace FineTuneAspire.Contracts.Datasets.Messages;

/// <summary>Event: a version's files are ready to be named in a job.</summary>
public sealed record DatasetVersionValidated(
    string DatasetId, int Version, string Project, string? TrainingFile, string? ValidationFile, string? TestFile, int Examples, long Tokens);

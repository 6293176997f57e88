namespace FineTuneAspire.Contracts.Datasets.Messages;

/// <summary>Event: both files of a job may be trained on.</summary>
public sealed record TrainingFileValidated(string JobId, string Project, ValidatedFile TrainingFile, ValidatedFile? ValidationFile);

/// <param name="Sha256">Lower-case hex of the bytes, so that the upload at the provider can be recognised.</param>
/// <param name="Tokens">OpenAI's per-message formula over o200k_base.</param>
public sealed record ValidatedFile(string FileId, string Sha256, long Bytes, int Examples, long Tokens);

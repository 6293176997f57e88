namespace FineTuneAspire.Contracts.Datasets.Messages;

/// <summary>Command to Datasets: read a job's files and answer with <see cref="TrainingFileValidated"/> or <see cref="TrainingFileRejected"/>.</summary>
/// <param name="Method">The job's: `supervised`, `dpo` or `reinforcement`.</param>
public sealed record ValidateTrainingFile(string JobId, string Project, string TrainingFile, string? ValidationFile, string Method);

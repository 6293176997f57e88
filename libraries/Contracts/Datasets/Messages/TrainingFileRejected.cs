namespace FineTuneAspire.Contracts.Datasets.Messages;

/// <summary>Event: a file of a job cannot be trained on; the job fails with this code and message.</summary>
/// <param name="Param">`training_file` or `validation_file`.</param>
/// <param name="Code">`invalid_n_examples`, `invalid_training_file` or `invalid_validation_file`.</param>
/// <param name="Message">Names the line and the mend.</param>
/// <param name="Line">1-based line of the first problem, or null.</param>
public sealed record TrainingFileRejected(string JobId, string Project, string Param, string Code, string Message, int? Line);

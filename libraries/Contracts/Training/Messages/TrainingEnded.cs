namespace FineTuneAspire.Contracts.Training.Messages;

/// <summary>Event: a job ended with a model. Inference registers the model and its checkpoints from it.</summary>
/// <param name="Provider">The configured name of the provider, for example `local`.</param>
/// <param name="Model">Our id, as clients use it: `ft:base:project:suffix:id`.</param>
/// <param name="UpstreamModel">The provider's id for the same model.</param>
public sealed record TrainingSucceeded(
    string JobId, string Project, string Provider, string BaseModel, string Model, string UpstreamModel,
    IReadOnlyList<TrainedCheckpoint> Checkpoints, DateTimeOffset FinishedAt);

/// <param name="Model">Our id: the job's model with `:ckpt-step-N` behind it.</param>
public sealed record TrainedCheckpoint(string Model, string UpstreamModel, int Step);

/// <summary>Event: a job failed.</summary>
public sealed record TrainingFailed(string JobId, string Project, string Code, string Message, DateTimeOffset FinishedAt);

/// <summary>Event: a job was cancelled.</summary>
public sealed record TrainingCancelled(string JobId, string Project, DateTimeOffset FinishedAt);

namespace FineTuneAspire.LocalProvider.FineTuning;

public enum JobStatus
{
    ValidatingFiles,
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>One metadata pair of a job; at most sixteen.</summary>
public sealed record MetadataPair(string Key, string Value);

/// <summary>A job's row. State only moves forward; the methods refuse other moves, and the Status column refuses a move from a state that is no longer the row's.</summary>
public sealed class FineTuningJob
{
    public long Seq { get; private set; }
    public required string Id { get; init; }
    public required long CreatedAt { get; init; }

    /// <summary>The base as the client named it: a base model, a tuned model or a checkpoint.</summary>
    public required string Model { get; init; }

    public required string TrainingFile { get; init; }
    public string? ValidationFile { get; init; }
    public string? Suffix { get; init; }
    public required int Seed { get; init; }
    public List<MetadataPair> Metadata { get; init; } = [];

    // Null is "auto" until validation has seen the file and decided.
    public int? Epochs { get; private set; }
    public int? BatchSize { get; private set; }
    public double? LearningRateMultiplier { get; private set; }

    /// <summary>W3C traceparent of the request that created the job, for the run's link.</summary>
    public string? TraceParent { get; init; }

    public JobStatus Status { get; private set; } = JobStatus.ValidatingFiles;
    public long? EstimatedFinish { get; set; }
    public long? FinishedAt { get; private set; }
    public long? TrainedTokens { get; private set; }
    public string? FineTunedModel { get; private set; }
    public string? ResultFile { get; private set; }
    public string? ErrorCode { get; private set; }
    public string? ErrorMessage { get; private set; }
    public string? ErrorParam { get; private set; }

    public bool HasEnded => Status is JobStatus.Succeeded or JobStatus.Failed or JobStatus.Cancelled;

    public void Ask(int? epochs, int? batchSize, double? learningRateMultiplier) =>
        (Epochs, BatchSize, LearningRateMultiplier) = (epochs, batchSize, learningRateMultiplier);

    /// <summary>The files are good; what was "auto" is decided.</summary>
    public void Enqueue(int epochs, int batchSize, double learningRateMultiplier)
    {
        Move(JobStatus.ValidatingFiles, JobStatus.Queued);
        (Epochs, BatchSize, LearningRateMultiplier) = (epochs, batchSize, learningRateMultiplier);
    }

    public void Start() => Move(JobStatus.Queued, JobStatus.Running);

    public void Succeed(string fineTunedModel, string resultFile, long trainedTokens, long now)
    {
        Move(JobStatus.Running, JobStatus.Succeeded);
        (FineTunedModel, ResultFile, TrainedTokens, FinishedAt, EstimatedFinish) = (fineTunedModel, resultFile, trainedTokens, now, null);
    }

    public void Fail(JobFailure failure, long now)
    {
        if (HasEnded)
            throw new InvalidOperationException($"Job {Id} is {Status} and cannot fail any more.");
        Status = JobStatus.Failed;
        (ErrorCode, ErrorMessage, ErrorParam, FinishedAt, EstimatedFinish) = (failure.Code, failure.Message, failure.Param, now, null);
    }

    /// <summary>False when the job has already ended.</summary>
    public bool TryCancel(long now)
    {
        if (HasEnded)
            return false;
        (Status, FinishedAt, EstimatedFinish) = (JobStatus.Cancelled, now, null);
        return true;
    }

    private void Move(JobStatus from, JobStatus to)
    {
        if (Status != from)
            throw new InvalidOperationException($"Job {Id} is {Status}; it goes to {to} only from {from}.");
        Status = to;
    }
}

/// <summary>Why a job failed, as its `error` object says it.</summary>
/// <param name="Code">A stable word, for example `invalid_n_examples`.</param>
/// <param name="Param">`training_file`, `validation_file` or null.</param>
public sealed record JobFailure(string Code, string Message, string? Param);

using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.ModelProvider.FineTuning;

namespace FineTuneAspire.Training.Jobs;

/// <summary>
/// A training job as a desired state. The row alone says what is left to do: commands, messages and restarts only make the reconcile
/// loop look at it sooner. Times are the database's clock; every change happens under a row lock and adds one to <see cref="Version"/>.
/// </summary>
public sealed class Job
{
    public required string Id { get; init; }
    public required string Project { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    /// <summary>As asked for: a base model, or a fine-tuned model or checkpoint of the project.</summary>
    public required string Model { get; init; }
    /// <summary>The base at the bottom, which names the fine-tuned model.</summary>
    public required string BaseModel { get; init; }
    public required string Provider { get; init; }
    /// <summary>The provider's id of <see cref="Model"/>.</summary>
    public required string UpstreamBaseModel { get; init; }
    public required JobFile TrainingFile { get; init; }
    public JobFile? ValidationFile { get; init; }
    public string? Suffix { get; init; }
    public required int Seed { get; init; }
    /// <summary>Null is `"auto"`.</summary>
    public int? EpochCount { get; init; }
    public int? BatchSize { get; init; }
    public double? LearningRateMultiplier { get; init; }
    /// <summary>The client's pairs as a JSON object, or null when it sent none.</summary>
    public string? Metadata { get; init; }
    /// <summary>W3C context of the request that made the job; the spans of the loop link to it.</summary>
    public string? TraceParent { get; init; }

    public DesiredState Desired { get; private set; }
    public JobState State { get; private set; }
    /// <summary>What clients see; only moves forward (a paused job may run again).</summary>
    public string Status { get; private set; } = JobStatus.ValidatingFiles;
    public string? StatusReason { get; private set; }
    public string? ErrorCode { get; private set; }
    public string? ErrorMessage { get; private set; }
    public string? ErrorParam { get; private set; }

    public string? UpstreamId { get; private set; }
    /// <summary>Creates sent so far.</summary>
    public int Attempt { get; private set; }
    public DateTimeOffset? CreateStartedAt { get; private set; }
    /// <summary>Times the provider's list was asked after a doubtful create and did not show the job.</summary>
    public int EmptyLooks { get; private set; }
    /// <summary>Until then the provider's list is searched for a second job that a doubtful create may have left.</summary>
    public DateTimeOffset? SweepUntil { get; private set; }
    public DateTimeOffset? NextSweepAt { get; private set; }
    /// <summary>When the provider was first seen to have ended the job, or not to know it any more.</summary>
    public DateTimeOffset? UpstreamEndedAt { get; private set; }
    public DateTimeOffset? UpstreamMissingSince { get; private set; }
    /// <summary>Failed ticks in a row.</summary>
    public int Failures { get; private set; }

    public string? FineTunedModel { get; private set; }
    public string? UpstreamModel { get; private set; }
    public long? TrainedTokens { get; private set; }
    public DateTimeOffset? EstimatedFinish { get; private set; }
    public DateTimeOffset? FinishedAt { get; private set; }
    /// <summary>The numbers that the provider chose for `"auto"`, as a JSON object.</summary>
    public string? UpstreamHyperparameters { get; private set; }
    public List<string> ResultFiles { get; private set; } = [];

    public long LastEventSeq { get; private set; }
    public long Version { get; private set; } = 1;
    /// <summary>When the loop looks next; null when nothing is left to do.</summary>
    public DateTimeOffset? NextTickAt { get; private set; }
    public DateTimeOffset? LeaseUntil { get; private set; }
    /// <summary>The fence: a worker whose number is not this one any more may change nothing.</summary>
    public long LeaseEpoch { get; private set; }

    public bool IsTerminal => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
    public bool CancelWanted => Desired == DesiredState.Cancelled;
    /// <summary>True when no job can exist at the provider: nothing has been sent, or every create is known not to have made one.</summary>
    public bool IsSurelyNotUpstream => State is JobState.Validating or JobState.Ready;

    public void Wake(DateTimeOffset at) => NextTickAt = at;

    public long NextEventSeq()
    {
        Version++;
        return ++LastEventSeq;
    }

    /// <summary>False when the job does not wait for validation any more: the message came late or twice.</summary>
    public bool TryAcceptFiles(ValidatedFile training, ValidatedFile? validation, DateTimeOffset now)
    {
        if (State != JobState.Validating)
            return false;
        TrainingFile.Validated(training);
        if (validation is not null)
            ValidationFile?.Validated(validation);
        (State, Status, NextTickAt) = (JobState.Ready, JobStatus.Queued, now);
        Version++;
        return true;
    }

    /// <summary>False when the job has ended in another way; asking twice, or for a cancelled job, is fine.</summary>
    public bool TryRequestCancel(DateTimeOffset now)
    {
        if (State is JobState.Succeeded or JobState.Failed)
            return false;
        if (CancelWanted)
            return true;
        Desired = DesiredState.Cancelled;
        NextTickAt = now;
        Version++;
        return true;
    }

    /// <summary>T2: committed before the one HTTP attempt.</summary>
    public void StartCreating(DateTimeOffset now)
    {
        Require(JobState.Ready);
        (State, CreateStartedAt, EmptyLooks, StatusReason) = (JobState.Creating, now, 0, null);
        Attempt++;
        Version++;
    }

    public void SetUpstreamFiles(string training, string? validation)
    {
        Require(JobState.Ready);
        TrainingFile.UpstreamId = training;
        if (ValidationFile is not null)
            ValidationFile.UpstreamId = validation;
        Version++;
    }

    /// <summary>T4a, or found by R.</summary>
    public void Adopt(string upstreamId, DateTimeOffset now)
    {
        Require(JobState.Creating, JobState.Unknown);
        (State, UpstreamId, StatusReason, Failures, NextTickAt) = (JobState.Submitted, upstreamId, null, 0, now);
        Version++;
    }

    /// <summary>T4c, or R where the provider's list is consistent and shows nothing: no job exists and trying again is safe.</summary>
    public void BackToReady(string reason, DateTimeOffset retryAt)
    {
        Require(JobState.Ready, JobState.Creating, JobState.Unknown);
        (State, StatusReason, NextTickAt) = (JobState.Ready, reason, retryAt);
        Failures++;
        Version++;
    }

    /// <summary>T4d.</summary>
    public void DoubtCreate(DateTimeOffset now, DateTimeOffset sweepUntil)
    {
        Require(JobState.Creating);
        (State, SweepUntil, NextSweepAt, EmptyLooks, NextTickAt) = (JobState.Unknown, sweepUntil, now, 0, now);
        Version++;
    }

    public void NoteEmptyLook(string? reason, DateTimeOffset nextLook)
    {
        Require(JobState.Unknown);
        EmptyLooks++;
        if (StatusReason != reason)
            (StatusReason, Version) = (reason, Version + 1);
        NextTickAt = nextLook;
    }

    /// <summary>A tick that got no answer: nothing changes for the client but the reason.</summary>
    public void NoteFailedTick(string reason, DateTimeOffset nextTick)
    {
        Failures++;
        if (StatusReason != reason)
            (StatusReason, Version) = (reason, Version + 1);
        NextTickAt = nextTick;
    }

    /// <summary>Takes over what the provider says now. A status that would move back, or that is not known, is passed over; an end is for the methods below.</summary>
    public void Observe(UpstreamJob upstream)
    {
        Require(JobState.Submitted);
        if (WouldChange(upstream))
            Version++;
        (Status, TrainedTokens, EstimatedFinish, UpstreamHyperparameters) = View(upstream);
        if (StatusReason is not null)
            (StatusReason, Version) = (null, Version + 1);
        (Failures, UpstreamMissingSince) = (0, null);
    }

    /// <summary>True when a client would see something new.</summary>
    public bool WouldChange(UpstreamJob upstream) => View(upstream) != (Status, TrainedTokens, EstimatedFinish, UpstreamHyperparameters);

    private (string Status, long? TrainedTokens, DateTimeOffset? EstimatedFinish, string? Hyperparameters) View(UpstreamJob upstream) => (
        upstream.Status is JobStatus.Running or JobStatus.Paused ? upstream.Status : Status,
        upstream.TrainedTokens ?? TrainedTokens,
        upstream.EstimatedFinish is < 253402300800 and var finish ? DateTimeOffset.FromUnixTimeSeconds(finish) : EstimatedFinish,
        upstream.Hyperparameters?.GetRawText() ?? UpstreamHyperparameters);

    public void NoteUpstreamEnded(DateTimeOffset now) => UpstreamEndedAt ??= now;

    public void NoteUpstreamMissing(DateTimeOffset now) => UpstreamMissingSince ??= now;

    public void Succeed(string model, string upstreamModel, IEnumerable<string> resultFiles, DateTimeOffset now)
    {
        (FineTunedModel, UpstreamModel, ResultFiles) = (model, upstreamModel, [.. resultFiles]);
        End(JobState.Succeeded, JobStatus.Succeeded, now);
    }

    public void Fail(string code, string message, string? param, DateTimeOffset now)
    {
        (ErrorCode, ErrorMessage, ErrorParam) = (code, message, param);
        End(JobState.Failed, JobStatus.Failed, now);
    }

    public void Cancel(DateTimeOffset now) => End(JobState.Cancelled, JobStatus.Cancelled, now);

    /// <summary>After a search for a second job: when to search next. An ended job has nothing else left to do.</summary>
    public void SetNextSweep(DateTimeOffset now, TimeSpan every)
    {
        NextSweepAt = SweepUntil > now + every ? now + every : null;
        if (IsTerminal)
            NextTickAt = NextSweepAt;
    }

    private void End(JobState state, string status, DateTimeOffset now)
    {
        if (IsTerminal)
            throw new InvalidOperationException($"Job {Id} is {Status} and cannot become {status}.");
        (State, Status, StatusReason, FinishedAt) = (state, status, null, now);
        NextTickAt = NextSweepAt;
        Version++;
    }

    private void Require(params ReadOnlySpan<JobState> states)
    {
        if (!states.Contains(State))
            throw new InvalidOperationException($"Job {Id} is {State}; this needs {string.Join(" or ", states.ToArray())}.");
    }
}

/// <summary>A file of a job: our id, and after validation what is needed to recognise its copy at the provider.</summary>
public sealed class JobFile
{
    public required string Id { get; init; }
    public string? Sha256 { get; private set; }
    public long? Bytes { get; private set; }
    public int? Examples { get; private set; }
    public long? Tokens { get; private set; }
    public string? UpstreamId { get; set; }

    internal void Validated(ValidatedFile file) => (Sha256, Bytes, Examples, Tokens) = (file.Sha256, file.Bytes, file.Examples, file.Tokens);
}

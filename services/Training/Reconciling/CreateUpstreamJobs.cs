using FineTuneAspire.ModelProvider;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.ServiceDefaults.Faults;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Jobs;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>
/// The create protocol (docs/decisions): the files are brought to the provider, the intent is committed, then exactly one HTTP attempt is
/// made, and its outcome is committed. A death in between leaves the row `Creating`, which the next worker takes for a doubtful create.
/// </summary>
internal sealed partial class CreateUpstreamJobs(DatasetsClient datasets, IOptions<TrainingOptions> options, ILogger<CreateUpstreamJobs> logger)
{
    private const string Purpose = "fine-tune";
    /// <summary>A stopping process lets an attempt that is on its way come back.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);
    private readonly TrainingOptions _options = options.Value;

    public async Task Handle(LeasedJob leased, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        using var span = TrainingTelemetry.StartCreating(leased.Job);
        if (leased.Job.CancelWanted)
        {
            await leased.ChangeAsync((job, now) => ReconcileJob.EndCancelled(leased, job, now), cancellationToken);
            return;
        }

        if (leased.Job.TrainingFile.UpstreamId is null && !await UploadFilesAsync(leased, provider, cancellationToken))
            return;

        var cancelled = false;
        await leased.ChangeAsync((job, now) =>
        {
            // The wish may have come since the row was read; behind this commit a create may exist.
            if (cancelled = job.CancelWanted || job.State != JobState.Ready)
            {
                if (!job.IsTerminal)
                    ReconcileJob.EndCancelled(leased, job, now);
            }
            else
            {
                job.StartCreating(now);
            }
        }, cancellationToken, () => FaultPoint.Reach("create-before-commit"));
        if (cancelled)
            return;
        FaultPoint.Reach("create-after-commit");

        var outcome = await SendAsync(leased.Job, provider, cancellationToken);
        FaultPoint.Reach("create-after-answer");
        await leased.ChangeAsync((job, now) => Record(leased, job, now, outcome), CancellationToken.None, () => FaultPoint.Reach("create-before-record"));
        FaultPoint.Reach("create-after-record");
        span?.SetTag("fta.state.to", leased.Job.State.ToString());
        LogOutcome(leased.Job.Id, leased.Job.Attempt, provider.Provider.Name, outcome.GetType().Name, leased.Job.UpstreamId);
    }

    private async Task<CreateJobOutcome> SendAsync(Job job, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        using var grace = new CancellationTokenSource();
        await using var registration = cancellationToken.Register(() => grace.CancelAfter(Grace));
        return await provider.CreateJobAsync(new CreateUpstreamJob
        {
            Model = job.UpstreamBaseModel,
            TrainingFile = job.TrainingFile.UpstreamId!,
            ValidationFile = job.ValidationFile?.UpstreamId,
            Suffix = job.Suffix is null ? null : ModelNaming.Normalized(job.Suffix),
            Seed = job.Seed,
            EpochCount = job.EpochCount,
            BatchSize = job.BatchSize,
            LearningRateMultiplier = job.LearningRateMultiplier,
            Metadata = new Dictionary<string, string> { [UpstreamTags.Job] = job.Id, [UpstreamTags.Installation] = _options.Installation },
        }, grace.Token);
    }

    private void Record(LeasedJob leased, Job job, DateTimeOffset now, CreateJobOutcome outcome)
    {
        switch (outcome)
        {
            case CreateJobOutcome.Created created:
                job.Adopt(created.Job.Id, now);
                break;
            // The key, not the job, is at fault: the job waits for a better key. An account that may not train any more is another matter.
            case CreateJobOutcome.DefinitelyRefused { Error: { Kind: ProviderErrorKind.Unauthorized or ProviderErrorKind.Forbidden, Code: not "training_not_available" } error }:
                job.BackToReady(ReconcileJob.Reason(error), now + _options.LongestBackOff);
                leased.Db.AddEvent(job, leased.Clock, now, "warn", error.Message);
                break;
            case CreateJobOutcome.DefinitelyRefused refused when job.CancelWanted:
                LogRefused(job.Id, refused.Error.Code, refused.Error.Message);
                ReconcileJob.EndCancelled(leased, job, now);
                break;
            case CreateJobOutcome.DefinitelyRefused { Error: var error }:
                LogRefused(job.Id, error.Code, error.Message);
                ReconcileJob.EndFailed(leased, job, now, error.Code ?? "provider_refused", error.Message, error.Param);
                break;
            case CreateJobOutcome.NotSent { Error: var error }:
                var backOff = _options.ShortestPoll * Math.Pow(2, Math.Min(job.Failures, 20));
                var pause = error.RetryAfter is { } asked && asked > backOff ? asked : backOff < _options.LongestBackOff ? backOff : _options.LongestBackOff;
                job.BackToReady(ReconcileJob.Reason(error), now + ReconcileJob.Jittered(pause));
                break;
            case CreateJobOutcome.Unknown { Error: var error }:
                LogDoubt(job.Id, error.Message);
                TrainingTelemetry.DoubtedCreate(job.Provider);
                job.DoubtCreate(now, now + _options.SweepFor);
                break;
            default:
                throw new InvalidOperationException($"Outcome {outcome.GetType().Name} is not known.");
        }
    }

    /// <summary>False when the job has ended instead: a file is gone.</summary>
    private async Task<bool> UploadFilesAsync(LeasedJob leased, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        var (training, validation) = (leased.Job.TrainingFile, leased.Job.ValidationFile);
        string? trainingId, validationId = null;
        try
        {
            trainingId = await UploadAsync(leased.Job.Project, training, provider, cancellationToken);
            if (trainingId is not null && validation is not null)
                validationId = await UploadAsync(leased.Job.Project, validation, provider, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            LogDatasetsAway(exception, leased.Job.Id);
            await leased.ChangeAsync((job, now) => job.NoteFailedTick("datasets_unreachable", now + _options.LongestPoll), cancellationToken);
            return false;
        }

        if (trainingId is null || (validation is not null && validationId is null))
        {
            var (file, param) = trainingId is null ? (training, "training_file") : (validation!, "validation_file");
            await leased.ChangeAsync((job, now) => ReconcileJob.EndFailed(leased, job, now, $"invalid_{param}", $"File {file.Id} was deleted before the job began. Upload it again and create a new job.", param), cancellationToken);
            return false;
        }

        await leased.ChangeAsync((job, _) =>
        {
            if (job.State == JobState.Ready)
                job.SetUpstreamFiles(trainingId, validationId);
        }, cancellationToken);
        return true;
    }

    /// <summary>
    /// The name is made of the content, so that an upload whose answer was lost, or that an earlier job made, is found and taken instead
    /// of sent again. Null when Datasets has the file no more.
    /// </summary>
    private async Task<string?> UploadAsync(string project, JobFile file, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        var filename = $"fta-{file.Sha256![..16]}-{file.Bytes}.jsonl";
        var known = await provider.FindFilesAsync(filename, Purpose, cancellationToken);
        if (known.FirstOrDefault(upstream => upstream.Bytes == file.Bytes) is { } existing)
            return existing.Id;
        using var content = await datasets.OpenFileAsync(project, file.Id, cancellationToken);
        if (content is null)
            return null;
        await using var stream = await content.Content.ReadAsStreamAsync(cancellationToken);
        FaultPoint.Reach("upload-before-send");
        var uploaded = await provider.UploadFileAsync(stream, file.Bytes!.Value, filename, Purpose, cancellationToken);
        FaultPoint.Reach("upload-after-answer");
        return uploaded.Id;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId}: create {Attempt} at provider {Provider} ended {Outcome} ({UpstreamId})")]
    private partial void LogOutcome(string jobId, int attempt, string provider, string outcome, string? upstreamId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} was refused by its provider ({Code}): {Reason}")]
    private partial void LogRefused(string jobId, string? code, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: whether the provider made the job is not known ({Reason}); asking its list")]
    private partial void LogDoubt(string jobId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: Datasets did not give its files; trying again")]
    private partial void LogDatasetsAway(Exception exception, string jobId);
}

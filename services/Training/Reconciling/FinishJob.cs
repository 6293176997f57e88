using FineTuneAspire.Messaging;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.ServiceDefaults.Faults;
using FineTuneAspire.Training.Checkpoints;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Jobs;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>Ends a job as its provider ended it. Everything that belongs to the end is fetched first; then state, last events, checkpoints and the announcement commit together.</summary>
internal sealed partial class FinishJob(DatasetsClient datasets, IOptions<TrainingOptions> options, ILogger<FinishJob> logger)
{
    private const long LargestResultFile = 64 * 1024 * 1024;

    public async Task Handle(
        LeasedJob leased, IFineTuningClient provider, UpstreamJob upstream, IReadOnlyList<UpstreamEvent> news, TimeSpan pause, CancellationToken cancellationToken)
    {
        IReadOnlyList<UpstreamCheckpoint> checkpoints = [];
        List<string> resultFiles = [];
        var missing = new List<string>();
        if (upstream.Status == JobStatus.Succeeded)
        {
            var patient = await leased.Db.NowAsync(cancellationToken) - leased.Job.UpstreamEndedAt < options.Value.FinishPatience;
            if (upstream.FineTunedModel is null && patient)
            {
                // The provider may name the model a little later than it ends the job.
                await leased.ChangeAsync((job, now) => job.NoteFailedTick("model_not_named_yet", now + options.Value.LongestPoll), cancellationToken);
                return;
            }

            checkpoints = await provider.ListCheckpointsAsync(upstream.Id, cancellationToken);
            try
            {
                foreach (var (file, number) in upstream.ResultFiles.Select((file, index) => (file, index + 1)))
                    await StoreAsync(leased.Job, provider, file, number, resultFiles, missing, cancellationToken);
            }
            catch (HttpRequestException exception)
            {
                LogDatasetsAway(exception, leased.Job.Id);
                if (patient)
                {
                    await leased.ChangeAsync((job, now) => job.NoteFailedTick("datasets_unreachable", now + options.Value.LongestPoll), cancellationToken);
                    return;
                }

                missing.AddRange(upstream.ResultFiles.Skip(resultFiles.Count + missing.Count));
            }
        }

        var metrics = await UpstreamEventImport.LoadMetricsAsync(leased, news, cancellationToken);
        await leased.ChangeAsync((job, now) =>
        {
            job.Observe(upstream);
            UpstreamEventImport.Add(leased, job, news, metrics);
            foreach (var file in missing)
                leased.Db.AddEvent(job, leased.Clock, now, "warn", $"Result file {file} could not be fetched from provider '{job.Provider}'.");
            End(leased, job, now, upstream, checkpoints, resultFiles);
        }, cancellationToken, () => FaultPoint.Reach("finish-before-commit"));
        FaultPoint.Reach("finish-after-commit");
        LogEnded(leased.Job.Id, leased.Job.Status, leased.Job.ErrorCode);
    }

    private static void End(
        LeasedJob leased, Job job, DateTimeOffset now, UpstreamJob upstream, IReadOnlyList<UpstreamCheckpoint> checkpoints, IReadOnlyList<string> resultFiles)
    {
        switch (upstream.Status)
        {
            case JobStatus.Succeeded when upstream.FineTunedModel is null:
                ReconcileJob.EndFailed(leased, job, now, "no_model", $"Provider '{job.Provider}' ended the job without naming a model. Create it again.", null);
                break;
            case JobStatus.Succeeded:
                JobCheckpoint[] rows = [.. checkpoints.Select(checkpoint => Map(leased, job, upstream, checkpoint))];
                leased.Db.Checkpoints.AddRange(rows);
                job.Succeed(ModelNaming.Model(job), upstream.FineTunedModel, resultFiles, now);
                leased.Db.Publish(FindTrainedModel.Announcement(job, rows, now));
                TrainingTelemetry.Ended(job, job.Status);
                break;
            case JobStatus.Cancelled:
                ReconcileJob.EndCancelled(leased, job, now);
                break;
            default:
                ReconcileJob.EndFailed(
                    leased, job, now, upstream.Error?.Code ?? "provider_failed",
                    UpstreamEventImport.WithOurIds(job, upstream.Error?.Message ?? $"Provider '{job.Provider}' failed the job without giving a reason."), upstream.Error?.Param);
                break;
        }
    }

    private static JobCheckpoint Map(LeasedJob leased, Job job, UpstreamJob upstream, UpstreamCheckpoint checkpoint) => new()
    {
        Id = PrefixedId.New("ftckpt_", leased.Clock),
        JobId = job.Id,
        UpstreamId = checkpoint.Id,
        CreatedAt = UpstreamEventImport.At(checkpoint.CreatedAt),
        Model = checkpoint.Model == upstream.FineTunedModel ? ModelNaming.Model(job) : ModelNaming.Checkpoint(job, checkpoint.Step),
        UpstreamModel = checkpoint.Model,
        Step = checkpoint.Step,
        Metrics = checkpoint.Metrics?.GetRawText() ?? "{}",
    };

    /// <summary>The name is made of the job, so that a file stored before a crash is found instead of stored twice.</summary>
    private async Task StoreAsync(
        Job job, IFineTuningClient provider, string upstreamFile, int number, List<string> stored, List<string> missing, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await provider.DownloadFileAsync(upstreamFile, LargestResultFile, cancellationToken);
            stored.Add(await datasets.StoreResultFileAsync(job.Project, $"step_metrics-{job.Id}-{number}.csv", content, cancellationToken));
        }
        catch (ProviderException exception) when (exception.Kind is ProviderErrorKind.NotFound or ProviderErrorKind.Refused)
        {
            LogResultFileMissing(exception, job.Id, upstreamFile);
            missing.Add(upstreamFile);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} ended {Status} {Code}")]
    private partial void LogEnded(string jobId, string status, string? code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: Datasets did not take its result files; trying again")]
    private partial void LogDatasetsAway(Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: result file {File} is not at the provider")]
    private partial void LogResultFileMissing(Exception exception, string jobId, string file);
}

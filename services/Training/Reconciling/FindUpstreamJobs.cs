using FineTuneAspire.ModelProvider;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.ServiceDefaults.Faults;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Jobs;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>
/// What to do after a doubtful create: ask the provider's list for our tag. One job is adopted; of several the earliest is, and the others
/// are cancelled; none, after several looks over the settle window, means "not made" only where the list is consistent.
/// </summary>
internal sealed partial class FindUpstreamJobs(IOptions<TrainingOptions> options, ILogger<FindUpstreamJobs> logger)
{
    public const string OutcomeUnknown = "outcome_unknown";
    private const int LooksBeforeVerdict = 3;
    private const int PageSize = 100;
    private const int MostPages = 50;
    /// <summary>How far the provider's clock may be behind ours.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(10);
    private readonly TrainingOptions _options = options.Value;

    public async Task Handle(LeasedJob leased, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        using var span = TrainingTelemetry.StartReconciling(leased.Job);
        var found = await ListAsync(leased.Job, provider, cancellationToken);
        FaultPoint.Reach("find-before-adopt");
        if (Earliest(found) is { } adopted)
        {
            await leased.ChangeAsync((job, now) => job.Adopt(adopted.Id, now), cancellationToken);
            LogAdopted(leased.Job.Id, adopted.Id, found.Count);
            span?.SetTag("openai.fine_tuning.job.id", adopted.Id);
            await CancelExtrasAsync(leased.Job, found, provider, cancellationToken);
            return;
        }

        await leased.ChangeAsync((job, now) => Judge(leased, job, now, provider.Provider), cancellationToken);
        span?.SetTag("fta.state.to", leased.Job.State.ToString());
    }

    /// <summary>For a day after a doubtful create, a second job that turns up late is cancelled.</summary>
    public async Task SweepAsync(LeasedJob leased, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        var found = await ListAsync(leased.Job, provider, cancellationToken);
        await CancelExtrasAsync(leased.Job, found, provider, cancellationToken);
        await leased.ChangeAsync((job, now) => job.SetNextSweep(now, _options.SweepEvery), cancellationToken);
    }

    private async Task CancelExtrasAsync(Job job, IReadOnlyList<UpstreamJob> found, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        foreach (var extra in found.Where(other => other.Id != job.UpstreamId && !JobStatus.IsTerminal(other.Status)))
        {
            LogExtra(job.Id, extra.Id, extra.Status);
            await provider.CancelJobAsync(extra.Id, cancellationToken);
        }
    }

    /// <summary>Every job that carries our tag, from the filtered list and, because a provider may not know the filter or lag with it, from the plain one.</summary>
    private async Task<IReadOnlyList<UpstreamJob>> ListAsync(Job job, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        var oldest = ((job.CreateStartedAt ?? job.CreatedAt) - ClockSkew).ToUnixTimeSeconds();
        var found = await PagesAsync(new Dictionary<string, string> { [UpstreamTags.Job] = job.Id });
        return found.Count > 0 ? found : await PagesAsync(null);

        async Task<List<UpstreamJob>> PagesAsync(IReadOnlyDictionary<string, string>? metadata)
        {
            var hits = new Dictionary<string, UpstreamJob>(StringComparer.Ordinal);
            string? after = null;
            for (var pages = 0; pages < MostPages; pages++)
            {
                var page = await provider.ListJobsAsync(metadata, after, PageSize, cancellationToken);
                foreach (var hit in page.Items.Where(item => item.Metadata.GetValueOrDefault(UpstreamTags.Job) == job.Id))
                    hits[hit.Id] = hit;
                if (!page.HasMore || page.Items.Count == 0 || page.Items[^1].CreatedAt < oldest)
                    break;
                after = page.Items[^1].Id;
            }

            return [.. hits.Values];
        }
    }

    // A cancelled one is adopted only where there is no other: it may be an extra that was cancelled before.
    private static UpstreamJob? Earliest(IReadOnlyList<UpstreamJob> found) =>
        found.OrderBy(job => job.Status == JobStatus.Cancelled).ThenBy(job => job.CreatedAt).ThenBy(job => job.Id, StringComparer.Ordinal).FirstOrDefault();

    private void Judge(LeasedJob leased, Job job, DateTimeOffset now, ProviderInfo provider)
    {
        var settled = job.EmptyLooks + 1 >= LooksBeforeVerdict && now - job.CreateStartedAt >= _options.SettleWindow;
        if (!settled)
        {
            job.NoteEmptyLook(null, now + _options.SettleWindow / LooksBeforeVerdict);
            return;
        }

        // A job that shows up after all is cancelled by the sweep.
        if (job.CancelWanted)
            ReconcileJob.EndCancelled(leased, job, now);
        else if (provider.ListIsConsistent)
            job.BackToReady("create_not_carried_out", now);
        else
        {
            if (job.StatusReason != OutcomeUnknown)
                leased.Db.AddEvent(job, leased.Clock, now, "warn", $"Provider '{provider.Name}' did not say whether it created the job, and does not list it. The job waits until it is found; cancel it and create a new one to try again.");
            job.NoteEmptyLook(OutcomeUnknown, now + _options.SweepEvery);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} was found at its provider as {UpstreamId} ({Count} with its tag)")]
    private partial void LogAdopted(string jobId, string upstreamId, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} has a second job {UpstreamId} ({Status}) at its provider; cancelling it")]
    private partial void LogExtra(string jobId, string upstreamId, string status);
}

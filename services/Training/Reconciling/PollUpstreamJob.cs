using FineTuneAspire.ModelProvider;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>
/// Looks at a job that the provider has: asks it to cancel where that is wanted, takes over its state and its new events, and ends the
/// job once the provider has ended it and has nothing more to tell. A look that finds nothing new leaves no trace and no new version.
/// </summary>
internal sealed partial class PollUpstreamJob(FinishJob finish, FindUpstreamJobs find, IOptions<TrainingOptions> options, ILogger<PollUpstreamJob> logger)
{
    private const int PageSize = 100;
    /// <summary>How long an ended job's late events are waited for.</summary>
    private static readonly TimeSpan LongestTail = TimeSpan.FromSeconds(10);
    private readonly TrainingOptions _options = options.Value;

    public async Task Handle(LeasedJob leased, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        var upstreamId = leased.Job.UpstreamId!;
        var upstream = await provider.GetJobAsync(upstreamId, cancellationToken);
        if (upstream is not null && leased.Job.CancelWanted && !JobStatus.IsTerminal(upstream.Status))
            upstream = await CancelAsync(leased.Job, upstream, provider, cancellationToken);
        if (upstream is null)
        {
            await NoteMissingAsync(leased, cancellationToken);
            return;
        }

        // The job is read before its events, so that the events of an ended job are those of its end.
        var news = await ReadNewEventsAsync(leased, provider, cancellationToken);
        var now = await leased.Db.NowAsync(cancellationToken);
        if (leased.Job.NextSweepAt <= now)
            await find.SweepAsync(leased, provider, cancellationToken);

        var ended = JobStatus.IsTerminal(upstream.Status);
        var pause = ReconcileJob.Jittered(Pause(now - leased.Job.CreatedAt, news.Count > 0 || ended));
        if (ended && news.Count == 0 && leased.Job.UpstreamEndedAt is not null || ended && now - leased.Job.UpstreamEndedAt > LongestTail)
        {
            using var span = TrainingTelemetry.StartReconciling(leased.Job);
            await finish.Handle(leased, provider, upstream, news, pause, cancellationToken);
            span?.SetTag("fta.state.to", leased.Job.State.ToString());
        }
        else if (ended || news.Count > 0 || Changes(leased.Job, upstream))
        {
            using var span = TrainingTelemetry.StartReconciling(leased.Job);
            span?.SetTag("fta.events.new", news.Count);
            var metrics = await UpstreamEventImport.LoadMetricsAsync(leased, news, cancellationToken);
            await leased.ChangeAsync((job, at) =>
            {
                job.Observe(upstream);
                UpstreamEventImport.Add(leased, job, news, metrics);
                if (ended)
                    job.NoteUpstreamEnded(at);
                job.Wake(at + pause);
            }, cancellationToken);
            span?.SetTag("fta.state.to", leased.Job.Status);
        }
        else
        {
            await leased.LookAgainAsync(pause, cancellationToken);
        }
    }

    private static bool Changes(Job job, UpstreamJob upstream) =>
        job.WouldChange(upstream) || job.UpstreamMissingSince is not null || job.StatusReason is not null;

    private async Task<UpstreamJob?> CancelAsync(Job job, UpstreamJob upstream, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        try
        {
            return await provider.CancelJobAsync(upstream.Id, cancellationToken);
        }
        catch (ProviderException exception) when (exception.Kind == ProviderErrorKind.Refused)
        {
            // It has ended in between, or cannot be cancelled just now; the next look tells which.
            LogCancelRefused(job.Id, exception.Message);
            return upstream;
        }
    }

    private async Task NoteMissingAsync(LeasedJob leased, CancellationToken cancellationToken) => await leased.ChangeAsync((job, now) =>
    {
        job.NoteUpstreamMissing(now);
        if (now - job.UpstreamMissingSince < _options.LostAfter)
            job.NoteFailedTick("provider_denies_job", now + _options.LongestPoll);
        else if (job.CancelWanted)
            ReconcileJob.EndCancelled(leased, job, now);
        else
            ReconcileJob.EndFailed(leased, job, now, "lost", $"Provider '{job.Provider}' does not know this job any more. Create it again.", null);
    }, cancellationToken);

    /// <summary>Pages to older events until one is known; oldest first. The list's order counts, not its times, which are whole seconds.</summary>
    private static async Task<List<UpstreamEvent>> ReadNewEventsAsync(LeasedJob leased, IFineTuningClient provider, CancellationToken cancellationToken)
    {
        var job = leased.Job;
        var news = new List<UpstreamEvent>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? after = null;
        while (true)
        {
            var page = await provider.ListEventsAsync(job.UpstreamId!, after, PageSize, cancellationToken);
            string[] ids = [.. page.Items.Select(item => item.Id)];
            var known = await leased.Db.Events.Where(e => e.JobId == job.Id && ids.Contains(e.UpstreamId!)).Select(e => e.UpstreamId!).ToListAsync(cancellationToken);
            // Events that came while paging move others to the next page, so one may be met twice.
            news.AddRange(page.Items.Where(item => !known.Contains(item.Id) && seen.Add(item.Id)));
            if (known.Count > 0 || !page.HasMore || page.Items.Count == 0)
                break;
            after = page.Items[^1].Id;
        }

        news.Reverse();
        return news;
    }

    /// <summary>Short while there is news or the job is young, longer as it ages.</summary>
    private TimeSpan Pause(TimeSpan age, bool news)
    {
        var pause = age / 40;
        return news || pause < _options.ShortestPoll ? _options.ShortestPoll : pause > _options.LongestPoll ? _options.LongestPoll : pause;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId}: the provider refused to cancel: {Reason}")]
    private partial void LogCancelRefused(string jobId, string reason);
}

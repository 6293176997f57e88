using System.Security.Cryptography;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Messaging;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>One step of one job: compares what is wanted with what the row and the provider say, does the next thing, and sets when to look again.</summary>
internal sealed partial class ReconcileJob(
    TrainingDbContext db, IProviders providers, CreateUpstreamJobs create, FindUpstreamJobs find, PollUpstreamJob poll,
    IOptions<TrainingOptions> options, TimeProvider clock, ILogger<ReconcileJob> logger)
{
    private readonly TrainingOptions _options = options.Value;

    public async Task Handle(Lease lease, CancellationToken cancellationToken)
    {
        using var quiet = TrainingTelemetry.Quiet("look at job");
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["fta.job.id"] = lease.JobId });
        var leased = new LeasedJob(db, lease, clock);
        await leased.LoadAsync(cancellationToken);
        var job = leased.Job;
        if (job.State == JobState.Validating)
        {
            await RemindAsync(leased, cancellationToken);
            return;
        }

        if (providers.Find(job.Provider) is null)
        {
            await PauseAsync(leased, "provider_not_configured", _options.LongestBackOff, cancellationToken);
            LogNotConfigured(job.Id, job.Provider);
            return;
        }

        var provider = providers.FineTuning(job.Provider);
        try
        {
            await (job.State switch
            {
                JobState.Ready => create.Handle(leased, provider, cancellationToken),
                JobState.Creating => DoubtAsync(leased, cancellationToken),
                JobState.Unknown => find.Handle(leased, provider, cancellationToken),
                JobState.Submitted => poll.Handle(leased, provider, cancellationToken),
                _ => find.SweepAsync(leased, provider, cancellationToken),
            });
        }
        catch (ProviderException exception)
        {
            LogProvider(job.Id, job.Provider, exception.Kind, exception.Message);
            await PauseAsync(leased, Reason(exception.Error), Pause(exception.Error, leased.Job.Failures), cancellationToken);
        }
    }

    /// <summary>A create was under way when its worker died: it may have been sent.</summary>
    private async Task DoubtAsync(LeasedJob leased, CancellationToken cancellationToken)
    {
        TrainingTelemetry.DoubtedCreate(leased.Job.Provider);
        await leased.ChangeAsync((job, now) => job.DoubtCreate(now, now + _options.SweepFor), cancellationToken);
    }

    /// <summary>Sends the command to Datasets again: it, or its answer, may have been lost with the broker's data. Answering twice does no harm.</summary>
    private Task RemindAsync(LeasedJob leased, CancellationToken cancellationToken) => leased.ChangeAsync((job, now) =>
    {
        if (job.State != JobState.Validating)
            return;
        leased.Db.Send(new ValidateTrainingFile(job.Id, job.Project, job.TrainingFile.Id, job.ValidationFile?.Id, "supervised"));
        var age = now - job.CreatedAt;
        job.Wake(now + (age > _options.ValidationReminder ? age : _options.ValidationReminder));
    }, cancellationToken);

    private Task PauseAsync(LeasedJob leased, string reason, TimeSpan pause, CancellationToken cancellationToken) => leased.ChangeAsync((job, now) =>
    {
        if (job.IsTerminal)
            job.Wake(now + pause);
        else if (job.CancelWanted && job.IsSurelyNotUpstream)
            EndCancelled(leased, job, now);
        else
            job.NoteFailedTick(reason, now + pause);
    }, cancellationToken);

    public static void EndCancelled(LeasedJob leased, Job job, DateTimeOffset now)
    {
        job.Cancel(now);
        leased.Db.AddEvent(job, leased.Clock, now, "info", "Fine-tuning job cancelled");
        leased.Db.Publish(new TrainingCancelled(job.Id, job.Project, now));
        TrainingTelemetry.Ended(job, job.Status);
    }

    public static void EndFailed(LeasedJob leased, Job job, DateTimeOffset now, string code, string message, string? param)
    {
        job.Fail(code, message, param, now);
        leased.Db.AddEvent(job, leased.Clock, now, "error", message);
        leased.Db.Publish(new TrainingFailed(job.Id, job.Project, code, message, now));
        TrainingTelemetry.Ended(job, job.Status);
    }

    public static string Reason(ProviderError error) => error.Kind switch
    {
        ProviderErrorKind.Unreachable or ProviderErrorKind.NoAnswer => "provider_unreachable",
        ProviderErrorKind.RateLimited => "provider_rate_limited",
        ProviderErrorKind.Unauthorized or ProviderErrorKind.Forbidden => "provider_unauthorized",
        _ => "provider_error",
    };

    /// <summary>Doubles from the shortest poll to the longest back-off; a wrong key waits longest, because only a person can mend it.</summary>
    private TimeSpan Pause(ProviderError error, int failures)
    {
        if (error.Kind is ProviderErrorKind.Unauthorized or ProviderErrorKind.Forbidden)
            return _options.LongestBackOff;
        var backOff = _options.ShortestPoll * Math.Pow(2, Math.Min(failures, 20));
        var pause = error.RetryAfter is { } asked && asked > backOff ? asked : backOff;
        return Jittered(pause < _options.LongestBackOff ? pause : _options.LongestBackOff);
    }

    /// <summary>Times 0.8 to 1.2, so that jobs do not all look at the same moment.</summary>
    public static TimeSpan Jittered(TimeSpan pause) => pause * (RandomNumberGenerator.GetInt32(80, 121) / 100.0);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId}: provider {Provider} failed ({Kind}): {Reason}")]
    private partial void LogProvider(string jobId, string provider, ProviderErrorKind kind, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {JobId} belongs to provider {Provider}, which is not configured; set Providers:{Provider} and restart")]
    private partial void LogNotConfigured(string jobId, string provider);
}

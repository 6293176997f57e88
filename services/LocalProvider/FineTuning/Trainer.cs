using System.Diagnostics;
using FineTuneAspire.LocalProvider.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>
/// The one trainer: takes queued jobs in the order of their creation and runs one at a time. All that is to do stands in rows, so a
/// restart goes on with the queue; what ran when the process died is failed, saying so, because its weights died with it.
/// </summary>
internal sealed partial class Trainer(IDbContextFactory<ProviderDbContext> contexts, TrainingRun run, RunningJob running, TimeProvider clock, ILogger<Trainer> logger)
    : BackgroundService
{
    private readonly Signal _work = new();

    public void Wake() => _work.Set();

    /// <summary>Before the first request is answered: no job of a dead process is ever seen running.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        foreach (var job in await db.Jobs.Where(job => job.Status == JobStatus.Running).ToListAsync(cancellationToken))
        {
            await InterruptAsync(db, job, cancellationToken);
            LogInterrupted(job.Id);
        }

        await db.SaveChangesAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await NextAsync(stoppingToken) is { } jobId)
                    await RunAsync(jobId, stoppingToken);
                await _work.WaitAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task<string?> NextAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.Jobs.Where(job => job.Status == JobStatus.Queued).OrderBy(job => job.Seq).Select(job => job.Id).FirstOrDefaultAsync(cancellationToken);
    }

    private async Task RunAsync(string jobId, CancellationToken stoppingToken)
    {
        // Entered before the row says running, so that a cancel that sees `running` always finds someone to stop.
        using var lease = running.Enter(jobId, stoppingToken);
        try
        {
            if (await StartJobAsync(jobId, stoppingToken) is { } job)
                await run.ExecuteAsync(job, lease.Token);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await EndAsync(jobId, InterruptAsync);
            throw;
        }
        catch (OperationCanceledException) when (lease.Token.IsCancellationRequested)
        {
            LogCancelled(jobId);
        }
        catch (JobFailedException failed)
        {
            await EndAsync(jobId, (db, job, token) => FailAsync(db, job, failed.Failure));
        }
        catch (Exception unexpected)
        {
            LogFailed(unexpected, jobId);
            await EndAsync(jobId, (db, job, token) => FailAsync(db, job, new JobFailure("server_error", "The training run broke off with an error; the provider's log says why.", null)));
        }
    }

    /// <summary>The job as it starts; null when it was cancelled in the meantime.</summary>
    private async Task<FineTuningJob?> StartJobAsync(string jobId, CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var job = await db.Jobs.SingleAsync(one => one.Id == jobId, cancellationToken);
        if (job.Status != JobStatus.Queued)
            return null;
        job.Start();
        db.Events.Add(JobEvent.Of(jobId, "Fine-tuning job started", clock));
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return job;
        }
        catch (DbUpdateConcurrencyException)
        {
            return null;
        }
    }

    /// <summary>Ends a job that has not ended yet. Not the run's token: the process may be stopping, and the row must still say why.</summary>
    private async Task EndAsync(string jobId, Func<ProviderDbContext, FineTuningJob, CancellationToken, Task> end)
    {
        await using var db = await contexts.CreateDbContextAsync(CancellationToken.None);
        var job = await db.Jobs.SingleAsync(one => one.Id == jobId, CancellationToken.None);
        if (job.HasEnded)
            return;
        await end(db, job, CancellationToken.None);
        try
        {
            await db.SaveChangesAsync(CancellationToken.None);
        }
        catch (DbUpdateConcurrencyException)
        {
            LogCancelled(jobId);
        }
    }

    private async Task InterruptAsync(ProviderDbContext db, FineTuningJob job, CancellationToken cancellationToken)
    {
        var last = await db.Checkpoints.Where(checkpoint => checkpoint.JobId == job.Id).OrderByDescending(checkpoint => checkpoint.Seq).FirstOrDefaultAsync(cancellationToken);
        var rest = last is null ? "Create it again." : $"Create it again, or go on from its last checkpoint by naming {last.Model} as the model of a new job.";
        await FailAsync(db, job, new JobFailure("provider_restarted", $"The provider was stopped while it was training this job, and a run does not survive that. {rest}", null));
    }

    private Task FailAsync(ProviderDbContext db, FineTuningJob job, JobFailure failure)
    {
        job.Fail(failure, clock.GetUtcNow().ToUnixTimeSeconds());
        db.Events.Add(JobEvent.Of(job.Id, failure.Message, clock, "error"));
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Job {JobId} was running when the provider stopped; it is failed now")]
    private partial void LogInterrupted(string jobId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {JobId} was cancelled while it ran")]
    private partial void LogCancelled(string jobId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Training job {JobId} failed")]
    private partial void LogFailed(Exception exception, string jobId);
}

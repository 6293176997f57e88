using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Messaging;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Jobs;

/// <summary>
/// `POST /v1/fine_tuning/jobs/{id}/cancel`. The wish is a row before anything else happens, so it is never lost. A job that is surely
/// not at the provider is cancelled at once; for others the loop asks the provider, and the answer waits for that for a few seconds.
/// </summary>
internal static class CancelJob
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<Results<Ok<FineTuningJob>, ApiError>> Handle(
        string id, HttpContext context, TrainingDbContext db, JobChanges changes, TimeProvider clock, CancellationToken cancellationToken)
    {
        var project = context.Project();
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (await db.LockJobAsync(id, cancellationToken) is not { } job || job.Project != project)
                return GetJob.NotFound(id);
            var now = await db.NowAsync(cancellationToken);
            if (!job.TryRequestCancel(now))
                return ApiError.Conflict($"Job {id} has already {job.Status} and cannot be cancelled.", null, "invalid_state");
            if (job.IsSurelyNotUpstream)
            {
                job.Cancel(now);
                db.AddEvent(job, clock, now, "info", "Fine-tuning job cancelled");
                db.Publish(new TrainingCancelled(job.Id, project, now));
            }

            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        return TypedResults.Ok(JobObject.From(await WaitForEndAsync(db, id, changes, clock, cancellationToken)));
    }

    private static async Task<Job> WaitForEndAsync(TrainingDbContext db, string id, JobChanges changes, TimeProvider clock, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var changed = changes.NextAsync(id);
            var job = await db.Jobs.AsNoTracking().SingleAsync(job => job.Id == id, cancellationToken);
            var left = Patience - clock.GetElapsedTime(started);
            if (job.IsTerminal || left <= TimeSpan.Zero)
                return job;
            await Task.WhenAny(changed, Task.Delay(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1), clock, cancellationToken));
        }
    }
}

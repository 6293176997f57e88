using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>`POST /v1/fine_tuning/jobs/{id}/cancel`: answers `cancelled` at once; a run stops within a step. Checkpoints made so far stay.</summary>
internal static class CancelJob
{
    public static async Task<Results<Ok<JobObject>, ApiError>> Handle(string id, ProviderDbContext db, RunningJob running, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await db.Jobs.SingleOrDefaultAsync(one => one.Id == id, cancellationToken) is not { } job)
                return GetJob.NotFound(id);
            if (!job.TryCancel(clock.GetUtcNow().ToUnixTimeSeconds()))
                return ApiError.BadRequest($"Job {id} has already ended: its status is {JobObject.Word(job.Status)}.", code: "invalid_job_status");
            db.Events.Add(JobEvent.Of(id, "The job was cancelled", clock));
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateConcurrencyException)
            {
                // The job moved on between the read and the write, forward only: look again, at most twice more.
                db.ChangeTracker.Clear();
                continue;
            }

            running.Stop(id);
            return TypedResults.Ok(JobObject.From(job));
        }
    }
}

using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Jobs;

/// <summary>`GET /v1/fine_tuning/jobs/{id}`: from the cache, else from the row.</summary>
internal static class GetJob
{
    public static async Task<Results<Ok<FineTuningJob>, ApiError>> Handle(string id, HttpContext context, TrainingDbContext db, JobCache cache, CancellationToken cancellationToken)
    {
        var project = context.Project();
        if (await cache.FindAsync(project, id, cancellationToken) is { } cached)
            return TypedResults.Ok(cached);
        if (await db.Jobs.AsNoTracking().SingleOrDefaultAsync(job => job.Id == id && job.Project == project, cancellationToken) is not { } job)
            return NotFound(id);
        var found = JobObject.From(job);
        await cache.PutAsync(project, found, job.Version, cancellationToken);
        return TypedResults.Ok(found);
    }

    public static ApiError NotFound(string id) => ApiError.NotFound($"Could not find fine tune: {id}", "fine_tune_id", "fine_tune_not_found");
}

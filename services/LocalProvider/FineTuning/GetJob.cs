using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>`GET /v1/fine_tuning/jobs/{id}`.</summary>
internal static class GetJob
{
    public static async Task<Results<Ok<JobObject>, ApiError>> Handle(string id, ProviderDbContext db, CancellationToken cancellationToken) =>
        await db.Jobs.AsNoTracking().SingleOrDefaultAsync(job => job.Id == id, cancellationToken) is { } found
            ? TypedResults.Ok(JobObject.From(found))
            : NotFound(id);

    internal static ApiError NotFound(string id) => ApiError.NotFound($"Could not find fine tune: {id}", "fine_tune_id", "fine_tune_not_found");
}

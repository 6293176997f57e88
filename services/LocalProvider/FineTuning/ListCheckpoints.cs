using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>`GET /v1/fine_tuning/jobs/{id}/checkpoints?limit=&amp;after=`: newest first.</summary>
internal static class ListCheckpoints
{
    public static async Task<Results<Ok<CheckpointList>, ApiError>> Handle(string id, ProviderDbContext db, int? limit, string? after, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > Paging.MaxLimit)
            return Paging.RefuseLimit();
        if (!await db.Jobs.AnyAsync(job => job.Id == id, cancellationToken))
            return GetJob.NotFound(id);
        var checkpoints = db.Checkpoints.AsNoTracking().Where(checkpoint => checkpoint.JobId == id);
        if (after is not null)
        {
            if (await checkpoints.Where(checkpoint => checkpoint.Id == after).Select(checkpoint => (long?)checkpoint.Seq).SingleOrDefaultAsync(cancellationToken) is not { } seq)
                return ApiError.BadRequest($"This job has no checkpoint {after}.", "after");
            checkpoints = checkpoints.Where(checkpoint => checkpoint.Seq < seq);
        }

        var size = limit ?? 10;
        var page = await checkpoints.OrderByDescending(checkpoint => checkpoint.Seq).Take(size + 1).ToListAsync(cancellationToken);
        var data = page.Take(size).Select(CheckpointObject.From).ToList();
        return TypedResults.Ok(new CheckpointList("list", data, data.FirstOrDefault()?.Id, data.LastOrDefault()?.Id, page.Count > size));
    }
}

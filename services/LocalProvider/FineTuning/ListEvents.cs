using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>`GET /v1/fine_tuning/jobs/{id}/events?limit=&amp;after=`: newest first.</summary>
internal static class ListEvents
{
    public static async Task<Results<Ok<EventList>, ApiError>> Handle(string id, ProviderDbContext db, int? limit, string? after, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > Paging.MaxLimit)
            return Paging.RefuseLimit();
        if (!await db.Jobs.AnyAsync(job => job.Id == id, cancellationToken))
            return GetJob.NotFound(id);
        var events = db.Events.AsNoTracking().Where(one => one.JobId == id);
        if (after is not null)
        {
            if (await events.Where(one => one.Id == after).Select(one => (long?)one.Seq).SingleOrDefaultAsync(cancellationToken) is not { } seq)
                return ApiError.BadRequest($"This job has no event {after}.", "after");
            events = events.Where(one => one.Seq < seq);
        }

        var size = limit ?? 20;
        var page = await events.OrderByDescending(one => one.Seq).Take(size + 1).ToListAsync(cancellationToken);
        return TypedResults.Ok(new EventList("list", [.. page.Take(size).Select(EventObject.From)], page.Count > size));
    }
}

using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Events;

/// <summary>
/// `GET /v1/fine_tuning/jobs/{id}/events`: a page, newest first, `after` goes to older ones. With `stream=true` all events as server-sent
/// events, oldest first, from behind `Last-Event-ID` (or `after`) until the job has ended.
/// </summary>
internal static class ListEvents
{
    public static async Task<IResult> Handle(
        string id, HttpContext context, TrainingDbContext db, JobChanges changes, IHostApplicationLifetime process, TimeProvider clock, CancellationToken cancellationToken,
        string? after = null, int limit = 20, bool stream = false)
    {
        var project = context.Project();
        if (!await db.Jobs.AnyAsync(job => job.Id == id && job.Project == project, cancellationToken))
            return GetJob.NotFound(id);
        if (limit is < 1 or > 1000)
            return ApiError.BadRequest("Invalid value for 'limit': it must be from 1 to 1000.", "limit", "invalid_value");

        var (from, param) = stream && context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last ? (last, "Last-Event-ID") : (after, "after");
        long? seq = null;
        if (!string.IsNullOrEmpty(from))
        {
            seq = await db.Events.Where(e => e.JobId == id && e.Id == from).Select(e => (long?)e.Seq).SingleOrDefaultAsync(cancellationToken);
            if (seq is null)
                return ApiError.BadRequest($"Invalid value for '{param}': job {id} has no event {from}.", param, "invalid_value");
        }

        if (stream)
        {
            // A stopping process ends its streams; clients take them up again elsewhere by the last id.
            using var open = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, process.ApplicationStopping);
            return await StreamEvents.Handle(id, seq ?? 0, context, db, changes, clock, open.Token);
        }

        var before = seq ?? long.MaxValue;
        var page = await db.Events.AsNoTracking().Where(e => e.JobId == id && e.Seq < before).OrderByDescending(e => e.Seq).Take(limit + 1).ToListAsync(cancellationToken);
        return TypedResults.Ok(new FineTuningJobEventList { Data = [.. page.Take(limit).Select(EventObject.From)], HasMore = page.Count > limit });
    }
}

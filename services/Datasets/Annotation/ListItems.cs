using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`GET /v1/annotation_queues/{queue_id}/items`: in the order of their numbers; the cursor is a number.</summary>
internal static class ListItems
{
    private static readonly string[] Statuses = [Outcome.Open, Outcome.Agreed, Outcome.Disputed, Outcome.Adjudicated];

    public static async Task<Results<Ok<AnnotationItemList>, ApiError>> Handle(
        string queue_id, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TimeProvider clock, CancellationToken cancellationToken,
        string? status = null, int limit = 20, int after = 0)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        if (status is not null && !Statuses.Contains(status))
            return ApiError.BadRequest($"'status' must be {string.Join(", ", Statuses)}.", "status");
        if (await db.FindQueueAsync(queue_id, user.ProjectName(), cancellationToken) is not { } queue)
            return AnnotationApi.NotFound(queue_id);

        var items = db.AnnotationItems.AsNoTracking().Where(item => item.QueueId == queue_id && item.Number > after);
        if (status is not null)
            items = items.Where(item => item.Status == status);
        var page = await items.OrderBy(item => item.Number).Take(limit + 1).ToListAsync(cancellationToken);
        var decisions = await db.DecisionsOfAsync(page, cancellationToken);
        await using var rows = await QueueRows.OpenAsync(queue, db, storage, clock, cancellationToken);
        var data = new List<AnnotationItemObject>();
        foreach (var item in page.Take(limit))
            data.Add(await rows.ShowAsync(item, decisions, cancellationToken));
        return TypedResults.Ok(new AnnotationItemList { Data = data, FirstId = data.FirstOrDefault()?.Number, LastId = data.LastOrDefault()?.Number, HasMore = page.Count > limit });
    }
}

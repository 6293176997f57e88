using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`GET /v1/annotation_queues`: newest first; of one dataset when `dataset_id` names it.</summary>
internal static class ListQueues
{
    public static async Task<Results<Ok<AnnotationQueueList>, ApiError>> Handle(
        ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken, string? dataset_id = null, int limit = 20, string? after = null)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        var project = user.ProjectName();
        var queues = db.AnnotationQueues.AsNoTracking().Where(queue => queue.Project == project);
        if (dataset_id is not null)
            queues = queues.Where(queue => queue.DatasetId == dataset_id);
        if (after is not null)
            queues = queues.Where(queue => queue.Id.CompareTo(after) < 0);
        var page = await queues.OrderByDescending(queue => queue.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var data = new List<AnnotationQueueObject>();
        foreach (var queue in page.Take(limit))
            data.Add(queue.ToObject(await db.CountItemsAsync(queue.Id, cancellationToken), agreement: null));
        return TypedResults.Ok(new AnnotationQueueList { Data = data, FirstId = data.FirstOrDefault()?.Id, LastId = data.LastOrDefault()?.Id, HasMore = page.Count > limit });
    }
}

using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`GET /v1/annotation_queues/{queue_id}/next`: the annotator's first item without a decision, without what others decided; 204 when all are done.</summary>
internal static class NextItem
{
    public static async Task<Results<Ok<AnnotationItemObject>, NoContent, ApiError>> Handle(
        string queue_id, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TimeProvider clock, CancellationToken cancellationToken, string? annotator = null)
    {
        if (await db.FindQueueAsync(queue_id, user.ProjectName(), cancellationToken) is not { } queue)
            return AnnotationApi.NotFound(queue_id);
        annotator ??= user.KeyName();
        if (annotator is null || !queue.Annotators.Contains(annotator))
            return ApiError.BadRequest($"'annotator' must be one of {string.Join(", ", queue.Annotators)}.", "annotator");

        var next = await db.AnnotationItems.AsNoTracking()
            .Where(item => item.QueueId == queue_id && item.Annotators.Contains(annotator)
                && !db.AnnotationDecisions.Any(decision => decision.QueueId == queue_id && decision.Number == item.Number && decision.Annotator == annotator && !decision.Adjudication))
            .OrderBy(item => item.Number).FirstOrDefaultAsync(cancellationToken);
        if (next is null)
            return TypedResults.NoContent();
        await using var rows = await QueueRows.OpenAsync(queue, db, storage, clock, cancellationToken);
        return TypedResults.Ok(await rows.ShowAsync(next, decisions: null, cancellationToken));
    }
}

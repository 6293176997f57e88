using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`GET /v1/annotation_queues/{queue_id}`: how far it is, and how far its annotators agree.</summary>
internal static class GetQueue
{
    public static async Task<Results<Ok<AnnotationQueueObject>, ApiError>> Handle(string queue_id, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        if (await db.FindQueueAsync(queue_id, user.ProjectName(), cancellationToken) is not { } queue)
            return AnnotationApi.NotFound(queue_id);
        var annotators = await db.AnnotationItems.Where(item => item.QueueId == queue_id).ToDictionaryAsync(item => item.Number, item => item.Annotators, cancellationToken);
        var decisions = await db.AnnotationDecisions.AsNoTracking().Where(decision => decision.QueueId == queue_id && !decision.Adjudication).OrderBy(decision => decision.Id).ToListAsync(cancellationToken);
        var counting = decisions.GroupBy(decision => decision.Number).Select(item => Outcome.Counting(annotators[item.Key], [.. item])).ToArray();
        return TypedResults.Ok(queue.ToObject(await db.CountItemsAsync(queue_id, cancellationToken), new AnnotationAgreement(
            Agreement.Of([.. counting.Select(item => item.Select(decision => (decision.Annotator!, decision.Verdict)).ToArray())], queue.AnnotatorsPerRow),
            queue.Labels.Count == 0 ? null : Agreement.Of([.. counting.Select(item => item.Where(decision => decision.Label is not null).Select(decision => (decision.Annotator!, decision.Label!)).ToArray())], queue.AnnotatorsPerRow))));
    }
}

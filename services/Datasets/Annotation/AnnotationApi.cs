using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Internal;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>The routes of `/v1/annotation_queues`.</summary>
internal static class AnnotationApi
{
    public static void AddAnnotation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddInternalHttpClient<InferenceClient>("inference");
        builder.Services.AddSingleton<ApplyAnnotations>();
        builder.Services.AddSingleton<PrelabelSignal>();
        builder.Services.AddHostedService<PrelabelLoop>();
    }

    public static void MapAnnotation(this IEndpointRouteBuilder v1)
    {
        var queues = v1.MapGroup("/annotation_queues").WithTags("Annotation");
        queues.MapPost("/", CreateQueue.Handle);
        queues.MapGet("/", ListQueues.Handle);
        queues.MapGet("/{queue_id}", GetQueue.Handle);
        queues.MapGet("/{queue_id}/next", NextItem.Handle);
        queues.MapGet("/{queue_id}/items", ListItems.Handle);
        queues.MapGet("/{queue_id}/items/{number}", GetItem.Handle);
        queues.MapPost("/{queue_id}/items/{number}/decisions", DecideItem.Handle);
        queues.MapPost("/{queue_id}/items/{number}/adjudication", DecideItem.HandleAdjudication);
        queues.MapPost("/{queue_id}/versions", CreateAnnotatedVersion.Handle);
    }

    public static ApiError NotFound(string queueId) => ApiError.NotFound($"No such annotation queue: {queueId}");

    /// <summary>The queue if the project may see it.</summary>
    public static Task<AnnotationQueue?> FindQueueAsync(this DatasetsDbContext db, string id, string project, CancellationToken cancellationToken) =>
        db.AnnotationQueues.AsNoTracking().SingleOrDefaultAsync(queue => queue.Id == id && queue.Project == project, cancellationToken);

    public static async Task<AnnotationCounts> CountItemsAsync(this DatasetsDbContext db, string queueId, CancellationToken cancellationToken)
    {
        var items = db.AnnotationItems.Where(item => item.QueueId == queueId);
        var statuses = await items.GroupBy(item => item.Status).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        int Of(string status) => statuses.GetValueOrDefault(status);
        return new AnnotationCounts(
            statuses.Values.Sum(), Of(Outcome.Open), Of(Outcome.Agreed), Of(Outcome.Disputed), Of(Outcome.Adjudicated),
            await items.CountAsync(item => item.Prelabel != null, cancellationToken), await items.CountAsync(item => item.PrelabelError != null && item.PrelabelDueAt == null, cancellationToken));
    }
}

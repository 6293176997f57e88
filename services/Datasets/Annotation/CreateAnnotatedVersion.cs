using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Messaging;
using FineTuneAspire.Pricing;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`POST /v1/annotation_queues/{queue_id}/versions`: a child of the queue's version, without rejected rows and with edited ones. Later decisions do not change it.</summary>
internal static class CreateAnnotatedVersion
{
    public static async Task<Results<Ok<DatasetVersionObject>, ApiError>> Handle(
        string queue_id, CreateAnnotatedVersionRequest request, ClaimsPrincipal user, DatasetsDbContext db, ValidationSignal signal, BaseModelCatalog catalog, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindQueueAsync(queue_id, user.ProjectName(), cancellationToken) is not { } queue)
            return AnnotationApi.NotFound(queue_id);
        if (request.Unresolved is not ("refuse" or "keep"))
            return ApiError.BadRequest("'unresolved' must be 'refuse' or 'keep'.", "unresolved");
        var make = new CreateDatasetVersionRequest { Note = request.Note };
        if (VersionRequests.Check(make, catalog) is { } bad)
            return bad;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var dataset = (await db.LockDatasetAsync(queue.DatasetId, queue.Project, cancellationToken))!;
        var counts = await db.CountItemsAsync(queue_id, cancellationToken);
        if (request.Unresolved == "refuse" && counts.Open + counts.Disputed > 0)
            return ApiError.Conflict($"{counts.Open} row(s) are open and {counts.Disputed} disputed. Decide and adjudicate them, or keep them as they were with 'unresolved': 'keep'.", "annotation_unresolved");
        var parent = await db.Versions.SingleAsync(row => row.DatasetId == queue.DatasetId && row.Number == queue.Version, cancellationToken);
        if (ListRows.RefuseWithoutRows(parent) is { } refused)
            return refused;

        var version = DatasetVersion.OfParent(dataset, await db.NextNumberAsync(dataset, cancellationToken), parent, make, user.KeyName(), clock);
        version.TakeAnnotations(queue);
        db.Versions.Add(version);
        db.Publish(new DatasetVersionCreated(dataset.Id, version.Number, dataset.Project, version.Parent, version.Author));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        signal.Wake();
        return TypedResults.Ok(version.ToObject());
    }
}

using System.Globalization;
using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>`GET /v1/annotation_queues/{queue_id}/items/{number}`: the row and everything that was decided of it.</summary>
internal static class GetItem
{
    public static async Task<Results<Ok<AnnotationItemObject>, ApiError>> Handle(
        string queue_id, string number, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindQueueAsync(queue_id, user.ProjectName(), cancellationToken) is not { } queue)
            return AnnotationApi.NotFound(queue_id);
        if (await db.FindItemAsync(queue_id, number, cancellationToken) is not { } item)
            return NotFound(queue_id, number);
        await using var rows = await QueueRows.OpenAsync(queue, db, storage, clock, cancellationToken);
        return TypedResults.Ok(await rows.ShowAsync(item, await db.DecisionsOfAsync([item], cancellationToken), cancellationToken));
    }

    public static ApiError NotFound(string queueId, string number) => ApiError.NotFound($"No such item: {number} of the annotation queue {queueId}", "number");

    public static async Task<AnnotationItem?> FindItemAsync(this DatasetsDbContext db, string queueId, string number, CancellationToken cancellationToken) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            ? await db.AnnotationItems.AsNoTracking().SingleOrDefaultAsync(item => item.QueueId == queueId && item.Number == place, cancellationToken)
            : null;

    /// <summary>In the order in which they were made.</summary>
    public static async Task<ILookup<int, AnnotationDecision>> DecisionsOfAsync(this DatasetsDbContext db, IReadOnlyList<AnnotationItem> items, CancellationToken cancellationToken)
    {
        var numbers = items.Select(item => item.Number).ToArray();
        var queueId = items.Count == 0 ? "" : items[0].QueueId;
        var decisions = await db.AnnotationDecisions.AsNoTracking().Where(decision => decision.QueueId == queueId && numbers.Contains(decision.Number)).OrderBy(decision => decision.Id).ToListAsync(cancellationToken);
        return decisions.ToLookup(decision => decision.Number);
    }
}

/// <summary>The rows of a queue's version, for showing its items.</summary>
internal sealed class QueueRows(RowManifest manifest, PartFiles files) : IAsyncDisposable
{
    public static async Task<QueueRows> OpenAsync(AnnotationQueue queue, DatasetsDbContext db, FileStorage storage, TimeProvider clock, CancellationToken cancellationToken)
    {
        var version = await db.FindVersionAsync(queue.DatasetId, queue.Version, queue.Project, cancellationToken) ?? throw new InvalidOperationException($"The version of {queue.Id} is gone.");
        return new QueueRows(storage.OpenManifest(version.Manifest!), new PartFiles(version, db, storage, clock));
    }

    public Task<DatasetRow> ReadAsync(AnnotationItem item, CancellationToken cancellationToken) =>
        files.ReadAsync(manifest.Find(Convert.FromHexString(item.RowId)) ?? throw new InvalidOperationException($"The row of item {item.Number} of {item.QueueId} is not in its version."), cancellationToken);

    public async Task<AnnotationItemObject> ShowAsync(AnnotationItem item, ILookup<int, AnnotationDecision>? decisions, CancellationToken cancellationToken) => new()
    {
        QueueId = item.QueueId,
        Number = item.Number,
        Status = item.Status,
        Annotators = item.Annotators,
        Row = await ReadAsync(item, cancellationToken),
        Prelabel = item.Prelabel,
        PrelabelError = item.PrelabelError,
        Decisions = decisions is null ? [] : [.. decisions[item.Number].Select(decision => decision.ToObject())],
    };

    public ValueTask DisposeAsync()
    {
        manifest.Dispose();
        return files.DisposeAsync();
    }
}

using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Messaging;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`POST /v1/datasets/{dataset_id}/versions/{version}/cancel`: at once while nobody works on it; else the worker is told, and stops within a second or so.</summary>
internal static class CancelVersion
{
    public static async Task<Results<Ok<DatasetVersionObject>, ApiError>> Handle(
        string dataset_id, string version, ClaimsPrincipal user, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Null: a worker holds it.
        var free = (await db.Versions.FromSql($"SELECT * FROM dataset_versions WHERE dataset_id = {dataset_id} AND number = {found.Number} FOR UPDATE SKIP LOCKED").ToListAsync(cancellationToken)).SingleOrDefault();
        if (free is { Status: not DatasetVersion.Validating and not DatasetVersion.Cancelled })
            return ApiError.Conflict($"Version {version} is {free.Status} already.", "version_ended");
        if (free?.TryCancel(clock) == true)
            db.Publish(new DatasetVersionCancelled(free.DatasetId, free.Number, free.Project));
        await db.Set<VersionProgress>().Where(progress => progress.DatasetId == dataset_id && progress.Number == found.Number && progress.CancelRequestedAt == null)
            .ExecuteUpdateAsync(row => row.SetProperty(progress => progress.CancelRequestedAt, clock.GetUtcNow()), cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok((await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken))!.ToObject());
    }
}

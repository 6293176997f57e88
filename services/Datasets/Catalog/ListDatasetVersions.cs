using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`GET /v1/datasets/{dataset_id}/versions`: newest first unless asked otherwise; the cursor is a version's number.</summary>
internal static class ListDatasetVersions
{
    public static async Task<Results<Ok<DatasetVersionList>, ApiError>> Handle(
        string dataset_id, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken, int limit = 20, string order = "desc", int? after = null)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        if (order is not ("asc" or "desc"))
            return ApiError.BadRequest("'order' must be 'asc' or 'desc'.", "order");
        var project = user.ProjectName();
        if (!await db.Datasets.AnyAsync(row => row.Id == dataset_id && row.Project == project, cancellationToken))
            return ApiError.NotFound($"No such dataset: {dataset_id}");

        var versions = db.Versions.AsNoTracking().Include(version => version.Progress).Where(version => version.DatasetId == dataset_id);
        if (after is { } number)
            versions = order == "asc" ? versions.Where(version => version.Number > number) : versions.Where(version => version.Number < number);
        var page = await (order == "asc" ? versions.OrderBy(version => version.Number) : versions.OrderByDescending(version => version.Number)).Take(limit + 1).ToListAsync(cancellationToken);
        var data = page.Take(limit).Select(version => version.ToObject()).ToList();
        return TypedResults.Ok(new DatasetVersionList { Data = data, FirstId = data.FirstOrDefault()?.Version, LastId = data.LastOrDefault()?.Version, HasMore = page.Count > limit });
    }
}

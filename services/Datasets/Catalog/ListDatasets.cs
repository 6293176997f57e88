using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`GET /v1/datasets`: newest first unless asked otherwise.</summary>
internal static class ListDatasets
{
    public static async Task<Results<Ok<DatasetList>, ApiError>> Handle(
        ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken, int limit = 20, string order = "desc", string? after = null)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        if (order is not ("asc" or "desc"))
            return ApiError.BadRequest("'order' must be 'asc' or 'desc'.", "order");

        var project = user.ProjectName();
        var datasets = db.Datasets.AsNoTracking().Include(dataset => dataset.Versions).ThenInclude(version => version.Progress).Where(dataset => dataset.Project == project);
        if (after is not null)
            datasets = order == "asc" ? datasets.Where(dataset => dataset.Id.CompareTo(after) > 0) : datasets.Where(dataset => dataset.Id.CompareTo(after) < 0);
        var page = await (order == "asc" ? datasets.OrderBy(dataset => dataset.Id) : datasets.OrderByDescending(dataset => dataset.Id)).Take(limit + 1).ToListAsync(cancellationToken);
        var data = page.Take(limit).Select(dataset => dataset.ToObject()).ToList();
        return TypedResults.Ok(new DatasetList
        {
            Data = data,
            FirstId = data.FirstOrDefault()?.Id,
            LastId = data.LastOrDefault()?.Id,
            HasMore = page.Count > limit,
        });
    }
}

using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>`GET /v1/imports`: newest first; `after` is the last id of the page before.</summary>
internal static class ListImports
{
    public static async Task<Results<Ok<ImportList>, ApiError>> Handle(
        ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken, int limit = 20, string? after = null, string? status = null)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        if (status is not (null or Import.Queued or Import.Running or Import.Completed or Import.Failed or Import.Cancelled))
            return ApiError.BadRequest("'status' must be 'queued', 'running', 'completed', 'failed' or 'cancelled'.", "status");

        var project = user.ProjectName();
        var imports = db.Imports.AsNoTracking().Where(import => import.Project == project);
        if (status is not null)
            imports = imports.Where(import => import.Status == status);
        if (after is not null)
            imports = imports.Where(import => import.Id.CompareTo(after) < 0);
        var page = await imports.OrderByDescending(import => import.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var data = page.Take(limit).Select(import => import.ToObject()).ToList();
        return TypedResults.Ok(new ImportList
        {
            Data = data,
            FirstId = data.FirstOrDefault()?.Id,
            LastId = data.LastOrDefault()?.Id,
            HasMore = page.Count > limit,
        });
    }
}

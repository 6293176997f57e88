using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Files;

/// <summary>`GET /v1/files`: newest first unless asked otherwise. Ids sort by time, so they are the cursor.</summary>
internal static class ListFiles
{
    public static async Task<Results<Ok<FileList>, ApiError>> Handle(
        ClaimsPrincipal user, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken,
        string? purpose = null, int limit = 10_000, string order = "desc", string? after = null)
    {
        if (limit is < 1 or > 10_000)
            return ApiError.BadRequest("'limit' must be from 1 to 10000.", "limit");
        if (order is not ("asc" or "desc"))
            return ApiError.BadRequest("'order' must be 'asc' or 'desc'.", "order");

        var files = db.Files.AsNoTracking().Where(StoredFile.VisibleTo(user.ProjectName(), clock.GetUtcNow()));
        if (purpose is not null)
            files = files.Where(file => file.Purpose == purpose);
        files = (order, after) switch
        {
            ("asc", null) => files.OrderBy(file => file.Id),
            ("asc", _) => files.Where(file => file.Id.CompareTo(after) > 0).OrderBy(file => file.Id),
            (_, null) => files.OrderByDescending(file => file.Id),
            _ => files.Where(file => file.Id.CompareTo(after) < 0).OrderByDescending(file => file.Id),
        };

        var page = await files.Take(limit + 1).ToListAsync(cancellationToken);
        var data = page.Take(limit).Select(file => file.ToObject()).ToList();
        return TypedResults.Ok(new FileList
        {
            Data = data,
            FirstId = data.FirstOrDefault()?.Id,
            LastId = data.LastOrDefault()?.Id,
            HasMore = page.Count > limit,
        });
    }
}

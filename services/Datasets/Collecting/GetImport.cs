using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>`GET /v1/imports/{import_id}`.</summary>
internal static class GetImport
{
    public static async Task<Results<Ok<ImportObject>, ApiError>> Handle(string import_id, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        var project = user.ProjectName();
        var import = await db.Imports.AsNoTracking().SingleOrDefaultAsync(row => row.Id == import_id && row.Project == project, cancellationToken);
        return import is null ? ImportsApi.NotFound(import_id) : TypedResults.Ok(import.ToObject());
    }
}

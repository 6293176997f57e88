using System.Globalization;
using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`GET /v1/datasets/{dataset_id}/versions/{version}`.</summary>
internal static class GetDatasetVersion
{
    public static async Task<Results<Ok<DatasetVersionObject>, ApiError>> Handle(
        string dataset_id, string version, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken) =>
        await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is { } found ? TypedResults.Ok(found.ToObject()) : NotFound(dataset_id, version);

    public static ApiError NotFound(string datasetId, string version) => ApiError.NotFound($"No such dataset version: {datasetId} version {version}", "version");

    /// <summary>The version if the project may see it. A version that is no number does not exist.</summary>
    public static async Task<DatasetVersion?> FindVersionAsync(this DatasetsDbContext db, string datasetId, string version, string project, CancellationToken cancellationToken) =>
        int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? await db.FindVersionAsync(datasetId, number, project, cancellationToken) : null;

    /// <inheritdoc cref="FindVersionAsync(DatasetsDbContext, string, string, string, CancellationToken)"/>
    public static Task<DatasetVersion?> FindVersionAsync(this DatasetsDbContext db, string datasetId, int number, string project, CancellationToken cancellationToken) =>
        db.Versions.AsNoTracking().Include(row => row.Progress).SingleOrDefaultAsync(row => row.DatasetId == datasetId && row.Number == number && row.Project == project, cancellationToken);
}

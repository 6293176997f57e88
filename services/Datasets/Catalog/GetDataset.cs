using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`GET /v1/datasets/{dataset_id}`.</summary>
internal static class GetDataset
{
    public static async Task<Results<Ok<DatasetObject>, ApiError>> Handle(string dataset_id, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        var project = user.ProjectName();
        var dataset = await db.Datasets.AsNoTracking().Include(row => row.Versions).ThenInclude(version => version.Progress).SingleOrDefaultAsync(row => row.Id == dataset_id && row.Project == project, cancellationToken);
        return dataset is null ? ApiError.NotFound($"No such dataset: {dataset_id}") : TypedResults.Ok(dataset.ToObject());
    }
}

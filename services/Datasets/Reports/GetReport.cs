using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>`GET /v1/datasets/{dataset_id}/versions/{version}/report`: empty of problems while the version is `validating`.</summary>
internal static class GetReport
{
    public static async Task<Results<Ok<DatasetReport>, ApiError>> Handle(
        string dataset_id, string version, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);

        var problems = await db.Problems.AsNoTracking().Where(problem => problem.DatasetId == found.DatasetId && problem.Number == found.Number)
            .OrderBy(problem => problem.Position).ToListAsync(cancellationToken);
        return TypedResults.Ok(new DatasetReport
        {
            DatasetId = found.DatasetId,
            Version = found.Number,
            Status = found.Status,
            Lines = found.Lines,
            Examples = found.Examples ?? 0,
            Tokens = found.Tokens(),
            ProblemCount = found.ProblemCount,
            Problems = [.. problems.Select(problem => problem.ToObject())],
        });
    }
}

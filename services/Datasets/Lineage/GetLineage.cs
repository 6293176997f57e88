using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Lineage;

/// <summary>`GET /v1/datasets/{dataset_id}/versions/{version}/lineage`.</summary>
internal static class GetLineage
{
    public static async Task<Results<Ok<DatasetLineage>, ApiError>> Handle(
        string dataset_id, string version, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        var project = user.ProjectName();
        if (await db.FindVersionAsync(dataset_id, version, project, cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);

        var versions = await db.Versions.AsNoTracking().Include(row => row.Progress).Where(row => row.DatasetId == dataset_id).ToDictionaryAsync(row => row.Number, cancellationToken);
        var ancestors = new List<DatasetVersion>();
        for (var ancestor = found; ancestor is not null; ancestor = ancestor.Parent is { } parent ? versions[parent] : null)
            ancestors.Add(ancestor);

        // A child always has a higher number than its parent.
        var family = new HashSet<int> { found.Number };
        foreach (var number in versions.Keys.Where(number => number > found.Number).Order())
        {
            if (versions[number].Parent is { } parent && family.Contains(parent))
                family.Add(number);
        }

        family.Remove(found.Number);
        // A child's source files are its parent's parts.
        var files = new[] { found.Parent is null ? found.SourceFile : null, found.TrainingFile, found.ValidationFile, found.TestFile }.OfType<string>().Distinct().ToArray();
        var uses = await db.FileUses.AsNoTracking().Where(use => use.Project == project && files.Contains(use.FileId)).OrderBy(use => use.CreatedAt).ToListAsync(cancellationToken);
        return TypedResults.Ok(new DatasetLineage
        {
            DatasetId = dataset_id,
            Version = found.Number,
            Ancestors = [.. ancestors.Select(ancestor => ancestor.ToObject())],
            Descendants = [.. family.Order()],
            Jobs = [.. uses.GroupBy(use => use.JobId).Select(job => new DatasetUse(job.Key, job.ToDictionary(use => use.Param, use => use.FileId), job.First().Status, job.First().Model, job.First().CreatedAt.ToUnixTimeSeconds()))],
        });
    }
}

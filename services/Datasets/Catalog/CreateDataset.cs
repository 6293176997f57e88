using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Messaging;
using FineTuneAspire.Pricing;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`POST /v1/datasets`: answers at once with a version that is `validating`; the row is the work, a loop does it.</summary>
internal static class CreateDataset
{
    private const int LongestName = 128;

    public static async Task<Results<Ok<DatasetObject>, ApiError>> Handle(
        CreateDatasetRequest request, ClaimsPrincipal user, DatasetsDbContext db, BaseModelCatalog catalog, ValidationSignal signal, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > LongestName)
            return ApiError.BadRequest($"'name' must have 1 to {LongestName} characters.", "name");
        if (VersionRequests.Check(request, catalog) is { } bad)
            return bad;
        if (await VersionRequests.CheckFilesAsync(request, request.File, user.ProjectName(), db, clock, cancellationToken) is { } badFile)
            return badFile;

        var (recipe, badRecipe) = await VersionRequests.FindRecipeAsync(request, user.ProjectName(), db, clock, cancellationToken);
        if (badRecipe is not null)
            return badRecipe;
        if (await VersionRequests.CheckComparedAsync(request, user.ProjectName(), db, cancellationToken) is { } badComparison)
            return badComparison;

        var dataset = Dataset.Create(user.ProjectName(), request.Name, clock);
        var version = DatasetVersion.OfFiles(dataset, number: 1, request.File, request, user.KeyName(), clock);
        if (recipe is not null)
            version.UseRecipe(recipe);
        dataset.Versions.Add(version);
        db.Datasets.Add(dataset);
        db.Publish(new DatasetVersionCreated(dataset.Id, version.Number, dataset.Project, version.Parent, version.Author));
        await db.SaveChangesAsync(cancellationToken);
        signal.Wake();
        return TypedResults.Ok(dataset.ToObject());
    }
}

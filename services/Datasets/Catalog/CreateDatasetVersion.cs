using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Messaging;
using FineTuneAspire.Pricing;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`POST /v1/datasets/{dataset_id}/versions`: the next version, of a new file or of the rows of an earlier version.</summary>
internal static class CreateDatasetVersion
{
    public static async Task<Results<Ok<DatasetVersionObject>, ApiError>> Handle(
        string dataset_id, CreateDatasetVersionRequest request, ClaimsPrincipal user, DatasetsDbContext db, BaseModelCatalog catalog, ValidationSignal signal, TimeProvider clock, CancellationToken cancellationToken)
    {
        // Before the body: another project's id is unknown whatever is asked of it.
        var project = user.ProjectName();
        if (!await db.Datasets.AnyAsync(row => row.Id == dataset_id && row.Project == project, cancellationToken))
            return ApiError.NotFound($"No such dataset: {dataset_id}");
        if (request.File is null == request.Parent is null)
            return ApiError.BadRequest("Give either 'file', for a version of new data, or 'parent', for one of an earlier version's rows.", request.File is null ? "file" : "parent");
        if (request.Parent is not null && (request.ValidationFile, request.TestFile, request.Import) is not (null, null, null))
            return ApiError.BadRequest("'validation_file', 'test_file' and 'import' go with 'file', not with 'parent': the parent's rows are imported and have their parts.", "parent");
        if (VersionRequests.Check(request, catalog) is { } bad)
            return bad;

        var (recipe, badRecipe) = await VersionRequests.FindRecipeAsync(request, user.ProjectName(), db, clock, cancellationToken);
        if (badRecipe is not null)
            return badRecipe;
        if (await VersionRequests.CheckComparedAsync(request, user.ProjectName(), db, cancellationToken) is { } badComparison)
            return badComparison;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var dataset = await db.LockDatasetAsync(dataset_id, user.ProjectName(), cancellationToken);
        if (dataset is null)
            return ApiError.NotFound($"No such dataset: {dataset_id}");
        var number = await db.NextNumberAsync(dataset, cancellationToken);

        DatasetVersion version;
        if (request.Parent is { } parentNumber)
        {
            if (await db.Versions.SingleOrDefaultAsync(row => row.DatasetId == dataset.Id && row.Number == parentNumber, cancellationToken) is not { } parent)
                return ApiError.BadRequest($"invalid parent: {dataset_id} has no version {parentNumber}.", "parent");
            if (ListRows.RefuseWithoutRows(parent) is { } refused)
                return refused;
            if (request.Method is { } method && method != parent.Method)
                return ApiError.BadRequest($"The rows of version {parentNumber} are for the method '{parent.Method}'; for '{FileName.Safe(method)}' bring a file.", "method");
            version = DatasetVersion.OfParent(dataset, number, parent, request, user.KeyName(), clock);
        }
        else
        {
            if (await VersionRequests.CheckFilesAsync(request, request.File!, dataset.Project, db, clock, cancellationToken) is { } badFile)
                return badFile;
            version = DatasetVersion.OfFiles(dataset, number, request.File!, request, user.KeyName(), clock);
        }

        if (recipe is not null)
            version.UseRecipe(recipe);
        db.Versions.Add(version);
        db.Publish(new DatasetVersionCreated(dataset.Id, version.Number, dataset.Project, version.Parent, version.Author));
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        signal.Wake();
        return TypedResults.Ok(version.ToObject());
    }

    /// <summary>The dataset if the project may see it, locked until the transaction ends, so that two requests at once get two numbers.</summary>
    public static async Task<Dataset?> LockDatasetAsync(this DatasetsDbContext db, string id, string project, CancellationToken cancellationToken) =>
        (await db.Datasets.FromSql($"SELECT * FROM datasets WHERE id = {id} AND project = {project} FOR UPDATE").ToListAsync(cancellationToken)).SingleOrDefault();

    /// <param name="dataset">Locked.</param>
    public static async Task<int> NextNumberAsync(this DatasetsDbContext db, Dataset dataset, CancellationToken cancellationToken) =>
        1 + await db.Versions.Where(row => row.DatasetId == dataset.Id).MaxAsync(row => row.Number, cancellationToken);
}

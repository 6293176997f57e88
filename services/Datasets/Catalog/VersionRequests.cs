using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Recipes;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Pricing;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>What is wrong with a request for a version, first or further.</summary>
internal static class VersionRequests
{
    private const int LongestNote = 1000;
    private const int MostCompared = 20;

    public static ApiError? Check(DatasetVersionRequest request, BaseModelCatalog catalog)
    {
        if (request.Split is { } split && CheckSplit(split) is { } badSplit)
            return badSplit;
        if (TrainingMethods.Find(request.Method ?? TrainingMethods.Default) is not { } method)
            return ApiError.BadRequest($"'method' must be one of {string.Join(", ", TrainingMethods.Names)}.", "method");
        if (request.BaseModel is not null && catalog.Find(request.BaseModel) is null)
            return ApiError.BadRequest($"'{FileName.Safe(request.BaseModel)}' is no base model that is known here; known are {string.Join(", ", catalog.Models.Select(known => known.Id))}.", "base_model");
        if (request.Import is { } import && Importers.Check(import, method) is { } badImport)
            return ApiError.BadRequest(badImport, "import");
        if (request.Leakage?.Against is { Count: > MostCompared })
            return ApiError.BadRequest($"'leakage.against' may name at most {MostCompared} versions.", "leakage.against");
        if (request.Leakage is { Allow: true } && string.IsNullOrWhiteSpace(request.Leakage.Reason))
            return ApiError.BadRequest("'leakage.allow' needs 'leakage.reason': it is kept with the version.", "leakage");
        if (request.Note?.Length > LongestNote || request.Note?.Contains('\0', StringComparison.Ordinal) == true)
            return ApiError.BadRequest($"'note' may have at most {LongestNote} characters, none of them NUL.", "note");
        return null;
    }

    /// <summary>Whether the project has the files, and for training.</summary>
    public static async Task<ApiError?> CheckFilesAsync(DatasetVersionRequest request, string file, string project, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        foreach (var (param, id) in new[] { ("file", file), ("validation_file", request.ValidationFile), ("test_file", request.TestFile) })
        {
            if (id is null)
                continue;
            if (await db.FindFileAsync(id, project, clock, cancellationToken) is not { } found)
                return ApiError.BadRequest($"invalid {param}: {FileName.Safe(id)}", param);
            if (found.Purpose != FilePurpose.FineTune)
                return ApiError.BadRequest($"invalid {param}: {id} has the purpose '{found.Purpose}'; upload it with the purpose '{FilePurpose.FineTune}'.", param);
        }

        return null;
    }

    /// <summary>The recipe that the request names, or what is wrong with it; neither where it names none.</summary>
    public static async Task<(ResolvedRecipe? Recipe, ApiError? Error)> FindRecipeAsync(
        DatasetVersionRequest request, string project, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken) =>
        request.Recipe is { } recipe ? await ResolvedRecipe.ResolveAsync(recipe, "recipe", project, db, clock, cancellationToken) : (null, null);

    /// <summary>Whether the versions to compare with are there and validated.</summary>
    public static async Task<ApiError?> CheckComparedAsync(DatasetVersionRequest request, string project, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        foreach (var (other, i) in (request.Leakage?.Against ?? []).Select((other, i) => (other, i)))
        {
            var status = await db.Versions.Where(row => row.DatasetId == other.Dataset && row.Number == other.Version && row.Project == project).Select(row => row.Status).SingleOrDefaultAsync(cancellationToken);
            if (status != DatasetVersion.Validated)
                return ApiError.BadRequest($"invalid leakage.against[{i}]: {(status is null ? $"there is no dataset {FileName.Safe(other.Dataset)} with a version {other.Version}." : $"version {other.Version} of {other.Dataset} is {status}, not validated.")}", $"leakage.against[{i}]");
        }

        return null;
    }

    private static ApiError? CheckSplit(SplitRequest split)
    {
        if (split is not { Train: > 0 and <= 1, Validation: >= 0 and <= 1, Test: >= 0 and <= 1 })
            return ApiError.BadRequest("The shares of 'split' must lie between 0 and 1, and 'train' above 0.", "split");
        if (split.StratifyBy is not (null or "label"))
            return ApiError.BadRequest("'split.stratify_by' must be 'label', or left out.", "split.stratify_by");
        var sum = split.Train + split.Validation + split.Test;
        return Math.Abs(sum - 1) > 1e-6 ? ApiError.BadRequest(FormattableString.Invariant($"The shares of 'split' must sum to 1; these sum to {sum:0.######}."), "split") : null;
    }
}

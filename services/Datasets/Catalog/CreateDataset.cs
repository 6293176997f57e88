using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>`POST /v1/datasets`: answers at once with a version that is `validating`; the row is the work, a loop does it.</summary>
internal static class CreateDataset
{
    private const int LongestName = 128;

    public static async Task<Results<Ok<DatasetObject>, ApiError>> Handle(
        CreateDatasetRequest request, ClaimsPrincipal user, DatasetsDbContext db, ValidationSignal signal, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > LongestName)
            return ApiError.BadRequest($"'name' must have 1 to {LongestName} characters.", "name");
        var split = request.Split ?? new SplitRequest();
        if (CheckSplit(split) is { } badSplit)
            return badSplit;
        if (request.Import is { } import && Importers.Check(import) is { } badImport)
            return ApiError.BadRequest(badImport, "import");
        if (request.Leakage is { Allow: true } && string.IsNullOrWhiteSpace(request.Leakage.Reason))
            return ApiError.BadRequest("'leakage.allow' needs 'leakage.reason': it is kept with the version.", "leakage");

        foreach (var (param, id) in new[] { ("file", request.File), ("validation_file", request.ValidationFile), ("test_file", request.TestFile) })
        {
            if (id is null)
                continue;
            if (await db.FindFileAsync(id, user.ProjectName(), clock, cancellationToken) is not { } file)
                return ApiError.BadRequest($"invalid {param}: {FileName.Safe(id)}", param);
            if (file.Purpose != FilePurpose.FineTune)
                return ApiError.BadRequest($"invalid {param}: {id} has the purpose '{file.Purpose}'; upload it with the purpose '{FilePurpose.FineTune}'.", param);
        }

        var dataset = Dataset.Create(user.ProjectName(), request.Name, clock);
        dataset.Versions.Add(DatasetVersion.Create(dataset, number: 1, request, split, clock));
        db.Datasets.Add(dataset);
        await db.SaveChangesAsync(cancellationToken);
        signal.Wake();
        return TypedResults.Ok(dataset.ToObject());
    }

    private static ApiError? CheckSplit(SplitRequest split)
    {
        if (split is not { Train: > 0 and <= 1, Validation: >= 0 and <= 1, Test: >= 0 and <= 1 })
            return ApiError.BadRequest("The shares of 'split' must lie between 0 and 1, and 'train' above 0.", "split");
        var sum = split.Train + split.Validation + split.Test;
        return Math.Abs(sum - 1) > 1e-6 ? ApiError.BadRequest(FormattableString.Invariant($"The shares of 'split' must sum to 1; these sum to {sum:0.######}."), "split") : null;
    }
}

using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Pricing;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>
/// `GET /v1/datasets/{dataset_id}/versions/{version}/tokens`, of all base models or with `?model=` of one. Counted at the first call, kept for
/// the next. 409 unless the version is `validated`: other versions have no files to count.
/// </summary>
internal static class GetTokens
{
    public static async Task<Results<Ok<DatasetTokens>, ApiError>> Handle(
        string dataset_id, string version, ClaimsPrincipal user, DatasetsDbContext db, CountTokens counting, TokenCounters counters, BaseModelCatalog catalog,
        IOptions<TokensOptions> options, HttpResponse response, TimeProvider clock, CancellationToken cancellationToken, string? model = null)
    {
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);
        if (model is not null && catalog.Find(model) is null)
            return ApiError.BadRequest($"'{FileName.Safe(model)}' is no base model that is known here; known are {string.Join(", ", catalog.Models.Select(known => known.Id))}.", "model");
        if (found.Status != DatasetVersion.Validated)
            return ApiError.Conflict(found.Status == DatasetVersion.Validating
                ? "The version is still 'validating'; ask again when it is 'validated'."
                : "The version was 'rejected', so it has no files to count; its report says why.", "version", "version_not_validated");

        var kept = await db.TokenReports.AsNoTracking().SingleOrDefaultAsync(
            report => report.DatasetId == found.DatasetId && report.Number == found.Number && report.Fingerprint == counters.Fingerprint, cancellationToken);
        if (kept is not null)
            return Answer(JsonSerializer.Deserialize<TokenCounts>(kept.Counts, WireJson.Options)!);

        var files = new StoredFile?[3];
        foreach (var (index, id) in new[] { found.TrainingFile, found.ValidationFile, found.TestFile }.Index())
        {
            if (id is not null && (files[index] = await db.FindFileAsync(id, found.Project, clock, cancellationToken)) is null)
                return Deleted(id);
        }

        try
        {
            return Answer(await counting.RunAsync(found, (files[0], files[1], files[2])).WaitAsync(options.Value.WaitAtMost, clock, cancellationToken));
        }
        // A delete came between the row and the bytes; a row that still stands without bytes is a lost file and flies.
        catch (FileNotFoundException) when (Array.Find(files, file => file is not null && db.Files.All(row => row.Id != file.Id)) is not null)
        {
            return Deleted(Array.Find(files, file => file is not null && db.Files.All(row => row.Id != file.Id))!.Id);
        }
        catch (TimeoutException)
        {
            response.Headers.RetryAfter = "5";
            return ApiError.Upstream(StatusCodes.Status503ServiceUnavailable, "The tokens are still being counted; ask again in a few seconds.", "counting_tokens");
        }

        static ApiError Deleted(string id) =>
            ApiError.Conflict($"The file {id} of this version was deleted, so its tokens cannot be counted. Create the dataset again.", "version", "file_deleted");

        Ok<DatasetTokens> Answer(TokenCounts counts) => TypedResults.Ok(ToObject(found, counts, catalog, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), model));
    }

    private static DatasetTokens ToObject(DatasetVersion version, TokenCounts counts, BaseModelCatalog catalog, DateOnly today, string? only) => new()
    {
        DatasetId = version.DatasetId,
        Version = version.Number,
        Training = counts.Training?.Tokens,
        Validation = counts.Validation?.Tokens,
        Test = counts.Test?.Tokens,
        PricesAsOf = Text(catalog.AsOf)!,
        Currency = catalog.Currency,
        Models = [.. catalog.Models.Where(model => only is null || model.Id == only).Select(model => ToObject(model, version, counts, today))],
    };

    private static ModelTokens ToObject(BaseModel model, DatasetVersion version, TokenCounts counts, DateOnly today)
    {
        ModelFit? Fit(PartCounts? part) => part?.Models.Single(fit => fit.Id == model.Id);
        var (training, validation) = (Fit(counts.Training), Fit(counts.Validation));
        var examples = counts.Training?.Tokens.Examples ?? 0;
        int? epochs = examples == 0 ? null : Math.Min(model.AutoEpochs.EpochsFor(examples), model.Limits.MaxEpochs);
        var tokens = training?.TokensPerEpoch ?? 0;
        return new ModelTokens
        {
            Id = model.Id,
            Provider = model.Provider,
            Methods = model.Methods,
            Encoding = model.Encoding,
            Trainable = model.IsTrainable(today),
            TrainingEnds = Text(model.TrainingEnds),
            ShutdownDate = Text(model.ShutdownDate),
            TokensPerExample = model.Limits.TokensPerExample,
            Training = training?.Examples,
            Validation = validation?.Examples,
            NEpochs = epochs,
            TokensPerEpoch = tokens,
            BilledTokens = tokens * epochs,
            TrainingPrice = model.Prices.Training,
            Cost = epochs is { } times ? model.TrainingCost(tokens, times) : null,
            Problems = [.. ModelProblems.Of(model, version.Method, examples, today, ("training", training?.Examples), ("validation", validation?.Examples)).Select(problem => problem.Message)],
        };
    }

    private static string? Text(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

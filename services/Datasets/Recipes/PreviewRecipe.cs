using System.Buffers;
using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>`POST /v1/datasets/{dataset_id}/versions/{version}/recipe_previews`: applies a recipe to the first rows of each part and keeps nothing but what is told.</summary>
internal sealed class PreviewRecipe(DatasetsDbContext db, FileStorage storage, ApplyRecipe apply, TakeRows takeRows, Rehearsal rehearsal, IOptions<RecipeOptions> options, TimeProvider clock)
{
    public static async Task<Results<Ok<RecipePreview>, ApiError>> Handle(
        string dataset_id, string version, RecipeReference request, ClaimsPrincipal user, DatasetsDbContext db, PreviewRecipe preview, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);
        var (resolved, error) = await ResolvedRecipe.ResolveAsync(request, "", found.Project, db, clock, cancellationToken);
        if (error is not null)
            return error;
        if (found.Status != DatasetVersion.Validated)
            return ApiError.Conflict($"Version {found.Number} is {found.Status}. A recipe is previewed on the rows of a validated version.", "version", "version_not_validated");
        return await preview.RunAsync(found, resolved!.Steps, cancellationToken) is { } answer
            ? TypedResults.Ok(answer)
            : ApiError.Conflict("A file of the version was deleted.", "version", "file_deleted");
    }

    /// <returns>Null when a file is gone.</returns>
    private async Task<RecipePreview?> RunAsync(DatasetVersion version, string steps, CancellationToken cancellationToken)
    {
        using var span = DatasetsTelemetry.Source.StartActivity("preview recipe");
        span?.SetTag("fta.dataset.id", version.DatasetId).SetTag("fta.dataset.version", version.Number);
        using var manifest = version.Manifest is { } hash ? storage.OpenManifest(hash) : null;
        var (left, isSample) = (options.Value.PreviewRows, false);
        List<StepPreview> total = [];
        foreach (var (part, id) in new[] { ("training", version.TrainingFile), ("validation", version.ValidationFile), ("test", version.TestFile) })
        {
            if (id is null)
                continue;
            if (left == 0)
            {
                isSample = true;
                break;
            }

            if (await db.FindFileAsync(id, version.Project, clock, cancellationToken) is not { } file)
                return null;
            await using var cleaned = await CleanAsync(version, file, part, manifest, steps, left, cancellationToken);
            (left, isSample) = (left - (int)cleaned.Read, isSample || cleaned.IsSample);
            total = [.. cleaned.Steps.Select((step, i) => Joined(i < total.Count ? total[i] : null, step, part))];
        }

        return new RecipePreview { DatasetId = version.DatasetId, Version = version.Number, Examples = options.Value.PreviewRows - left, IsSample = isSample, Steps = total };
    }

    private async Task<CleanedFile> CleanAsync(DatasetVersion version, StoredFile file, string part, RowManifest? manifest, string steps, int most, CancellationToken cancellationToken)
    {
        bool isCut;
        await using var head = storage.Receive();
        await using (var bytes = storage.OpenRead(file.Sha256))
            isCut = await CopyAsync(bytes, head, most + 1, cancellationToken);
        head.Bytes.Position = 0;
        // Where the rows were not recorded, each is its own group.
        await using var rows = manifest is null
            ? ImportedFile.OfVersion(version.Format!, head.Bytes, [], file: null)
            : await takeRows.HandleAsync(version.Format!, head.Bytes, manifest, file: null, cancellationToken);
        var settings = new RecipeSettings((source, token) => rehearsal.OpenAsync(source, version.Project, token), version.TrainingMethod(), part == "training", most);
        var cleaned = await apply.HandleAsync(rows, Recipe.Parse(steps), settings, cancellationToken);
        return cleaned with { IsSample = cleaned.IsSample || isCut };
    }

    /// <returns>Whether the limit of bytes was reached before the file's end.</returns>
    private async Task<bool> CopyAsync(Stream from, IncomingFile to, int lines, CancellationToken cancellationToken)
    {
        ArrayBufferWriter<byte> pending = new(64 * 1024);
        var reader = new LineReader(from, int.MaxValue - 1);
        while (lines-- > 0 && await reader.ReadAsync(cancellationToken))
        {
            if (to.Length + pending.WrittenCount >= options.Value.PreviewBytes)
            {
                await to.WriteAsync(pending.WrittenMemory, cancellationToken);
                return true;
            }

            pending.Write(reader.Line.Span);
            pending.Write("\n"u8);
            if (pending.WrittenCount < 64 * 1024)
                continue;
            await to.WriteAsync(pending.WrittenMemory, cancellationToken);
            pending.ResetWrittenCount();
        }

        await to.WriteAsync(pending.WrittenMemory, cancellationToken);
        return false;
    }

    private static StepPreview Joined(StepPreview? before, StepReport step, string part)
    {
        var result = step.ToResult();
        var examples = step.Examples.Select(example => example with { Part = part });
        return before is null
            ? new StepPreview(result.Type, result.Read, result.Changed, result.Dropped, result.Added, result.Refused, [.. examples])
            : new StepPreview(result.Type, before.Read + result.Read, before.Changed + result.Changed, before.Dropped + result.Dropped, before.Added + result.Added,
                before.Refused + result.Refused, [.. before.Examples.Concat(examples).Take(StepReport.MostExamples)]);
    }
}

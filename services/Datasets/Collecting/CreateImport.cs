using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>`POST /v1/imports`: answers at once with an import that is `queued`; the row is the work, a loop does it.</summary>
internal static class CreateImport
{
    public static async Task<Results<Ok<ImportObject>, ApiError>> Handle(
        CreateImportRequest request, ClaimsPrincipal user, IEnumerable<ICollector> collectors, DatasetsDbContext db, ImportSignal signal, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var source = request.Source;
        if (collectors.FirstOrDefault(known => known.Type == source.Type) is not { } collector)
            return ApiError.BadRequest($"'source.type' must be one of {string.Join(", ", collectors.Select(known => $"'{known.Type}'"))}.", "source.type");
        if (GivenFields(source).FirstOrDefault(field => !collector.Fields.Contains(field)) is { } foreign)
            return ApiError.BadRequest($"A source of the type '{source.Type}' has no '{foreign}', only {string.Join(", ", collector.Fields.Select(field => $"'{field}'"))}.", $"source.{foreign}");
        var purpose = request.Purpose ?? collector.DefaultPurpose;
        if (!FilePurpose.OfClients.Contains(purpose))
            return ApiError.BadRequest($"'{FileName.Safe(purpose)}' is not one of [{string.Join(", ", FilePurpose.OfClients.Select(known => $"'{known}'"))}] - 'purpose'", "purpose");
        if (request.Filename is { } filename && (string.IsNullOrWhiteSpace(filename) || filename.Length > 1024))
            return ApiError.BadRequest("'filename' must have 1 to 1024 characters.", "filename");
        if (collector.Refuse(source, user.ProjectName()) is { } refusal)
            return refusal;

        var import = Import.Create(user.ProjectName(), source, purpose, request.Filename is { } name ? FileName.Safe(name) : null, clock);
        db.Imports.Add(import);
        await db.SaveChangesAsync(cancellationToken);
        signal.Wake();
        return TypedResults.Ok(import.ToObject());
    }

    private static IEnumerable<string> GivenFields(ImportSource source)
    {
        (string Name, object? Value)[] fields =
        [
            ("url", source.Url), ("urls", source.Urls), ("sitemap", source.Sitemap), ("max_pages", source.MaxPages), ("folder", source.Folder),
            ("path", source.Path), ("bucket", source.Bucket), ("key", source.Key), ("prefix", source.Prefix),
        ];
        return fields.Where(field => field.Value is not null).Select(field => field.Name);
    }
}

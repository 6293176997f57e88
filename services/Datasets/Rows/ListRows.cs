using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Rows;

/// <summary>`GET /v1/datasets/{dataset_id}/versions/{version}/rows`: the rows of one part, in their order.</summary>
internal static class ListRows
{
    public static async Task<Results<Ok<DatasetRowList>, ApiError>> Handle(
        string dataset_id, string version, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TimeProvider clock, CancellationToken cancellationToken,
        string part = "training", int limit = 20, string? after = null)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        if (!PartFiles.Names.TryGetValue(part, out var wanted))
            return ApiError.BadRequest("'part' must be training, validation or test.", "part");
        var (line, offset) = (0, 0L);
        if (after is not null && !TryReadCursor(after, out line, out offset))
            return ApiError.BadRequest("'after' must be the 'next_after' of the page before.", "after");
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);
        if (RefuseWithoutRows(found) is { } refused)
            return refused;

        using var manifest = storage.OpenManifest(found.Manifest!);
        await using var files = new PartFiles(found, db, storage, clock);
        if (await files.OpenAsync(wanted, cancellationToken) is not { } file)
            return TypedResults.Ok(new DatasetRowList { Data = [], HasMore = false });

        file.Position = Math.Min(offset, file.Length);
        var reader = new LineReader(file, int.MaxValue - 1);
        var rows = new List<DatasetRow>();
        while (rows.Count < limit && await reader.ReadAsync(cancellationToken))
        {
            if (manifest.Find(SHA256.HashData(reader.Line.Span)) is not { } row)
                return ApiError.BadRequest("'after' must be the 'next_after' of the page before.", "after");
            (line, offset) = (line + 1, offset + reader.Line.Length + 1);
            // Equal rows share a record of the manifest; where this one stands is known here.
            rows.Add(PartFiles.Show(row with { Part = wanted, Line = line }, PartFiles.Parse(reader.Line)));
        }

        var hasMore = offset < file.Length;
        return TypedResults.Ok(new DatasetRowList { Data = rows, HasMore = hasMore, NextAfter = hasMore ? string.Create(CultureInfo.InvariantCulture, $"{line}-{offset}") : null });
    }

    /// <summary>Why the version has no rows to show, or null when it has.</summary>
    public static ApiError? RefuseWithoutRows(DatasetVersion version) => version switch
    {
        { Status: not DatasetVersion.Validated } => ApiError.Conflict($"Version {version.Number} is {version.Status}. Only a validated version has rows.", "version_not_validated"),
        { Manifest: null } => ApiError.Conflict($"Version {version.Number} was made before rows were recorded. Create a version of its source file {version.SourceFile} instead.", "version_without_rows"),
        _ => null,
    };

    private static bool TryReadCursor(string after, out int line, out long offset)
    {
        offset = 0;
        var dash = after.IndexOf('-', StringComparison.Ordinal);
        line = 0;
        return dash > 0 && int.TryParse(after.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out line)
            && long.TryParse(after.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out offset);
    }
}

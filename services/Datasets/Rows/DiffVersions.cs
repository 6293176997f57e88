using System.Globalization;
using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Rows;

/// <summary>`GET /v1/datasets/{dataset_id}/versions/{version}/diff`: against the parent, the version before, or the one that `from` names.</summary>
internal static class DiffVersions
{
    private static readonly string[] Changes = ["added", "removed", "moved"];

    public static async Task<Results<Ok<DatasetDiff>, ApiError>> Handle(
        string dataset_id, string version, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TimeProvider clock, CancellationToken cancellationToken,
        int? from = null, string? change = null, int limit = 20, string? after = null)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        if (change is not null && !Changes.Contains(change))
            return ApiError.BadRequest("'change' must be added, removed or moved.", "change");
        if (after is not null && (after.Length != RowManifest.HashBytes * 2 || after.AsSpan().IndexOfAnyExcept("0123456789abcdef") >= 0))
            return ApiError.BadRequest("'after' must be the 'next_after' of the page before.", "after");
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } newer)
            return GetDatasetVersion.NotFound(dataset_id, version);
        var fromNumber = from ?? newer.Parent ?? newer.Number - 1;
        if (await db.FindVersionAsync(dataset_id, fromNumber, newer.Project, cancellationToken) is not { } older)
            return from is null ? ApiError.BadRequest("The first version has none before it. Name one in 'from'.", "from") : GetDatasetVersion.NotFound(dataset_id, fromNumber.ToString(CultureInfo.InvariantCulture));
        if ((ListRows.RefuseWithoutRows(newer) ?? ListRows.RefuseWithoutRows(older)) is { } refused)
            return refused;

        using var newerRows = storage.OpenManifest(newer.Manifest!);
        using var olderRows = storage.OpenManifest(older.Manifest!);
        var (added, removed, moved, unchanged, hasMore) = (0, 0, 0, 0, false);
        var page = new List<RowChange>();
        foreach (var rows in Paired(olderRows, newerRows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (here, there) = (rows.Newer.Count, rows.Older.Count);
            var stayed = Enum.GetValues<Part>().Sum(part => Math.Min(rows.Newer.Count(row => row.Part == part), rows.Older.Count(row => row.Part == part)));
            var shared = Math.Min(here, there);
            (added, removed, moved, unchanged) = (added + here - shared, removed + there - shared, moved + shared - stayed, unchanged + stayed);
            foreach (var found in ChangesOf(rows, here - shared, there - shared, shared - stayed))
            {
                if ((change is not null && found.Change != change) || (after is not null && string.CompareOrdinal(found.Row.Id, after) <= 0))
                    continue;
                // A row's changes stand on one page: the cursor is its id.
                if (page.Count >= limit && page[^1].Row.Id != found.Row.Id)
                    hasMore = true;
                else if (!hasMore)
                    page.Add(found);
            }
        }

        await using var newerFiles = new PartFiles(newer, db, storage, clock);
        await using var olderFiles = new PartFiles(older, db, storage, clock);
        var data = new List<DatasetChange>();
        foreach (var found in page)
        {
            var row = await (found.Change == "removed" ? olderFiles : newerFiles).ReadAsync(found.Row, cancellationToken);
            data.Add(new DatasetChange(found.Change, found.Copies, found.From is { } part ? PartFiles.NameOf(part) : null, row));
        }

        return TypedResults.Ok(new DatasetDiff
        {
            DatasetId = dataset_id, From = older.Number, To = newer.Number, Added = added, Removed = removed, Moved = moved, Unchanged = unchanged,
            Data = data, HasMore = hasMore, NextAfter = hasMore ? data[^1].Row.Id : null,
        });
    }

    private static IEnumerable<RowChange> ChangesOf(EqualRows rows, int added, int removed, int moved)
    {
        if (added > 0)
            yield return new RowChange("added", added, From: null, rows.Newer[^1]);
        if (removed > 0)
            yield return new RowChange("removed", removed, rows.Older[^1].Part, rows.Older[^1]);
        if (moved > 0)
            yield return new RowChange("moved", moved, rows.Older.First(row => rows.MoreIn(rows.Older, row.Part)).Part, rows.Newer.First(row => rows.MoreIn(rows.Newer, row.Part)));
    }

    /// <summary>The equal rows of both, in one pass over both.</summary>
    private static IEnumerable<EqualRows> Paired(RowManifest older, RowManifest newer)
    {
        using var left = older.From().GetEnumerator();
        using var right = newer.From().GetEnumerator();
        var (hasLeft, hasRight) = (left.MoveNext(), right.MoveNext());
        while (hasLeft || hasRight)
        {
            var order = !hasLeft ? 1 : !hasRight ? -1 : left.Current.Hash.AsSpan().SequenceCompareTo(right.Current.Hash);
            var hash = order <= 0 ? left.Current.Hash : right.Current.Hash;
            var rows = new EqualRows([], []);
            for (; hasLeft && left.Current.Hash.AsSpan().SequenceEqual(hash); hasLeft = left.MoveNext())
                rows.Older.Add(left.Current);
            for (; hasRight && right.Current.Hash.AsSpan().SequenceEqual(hash); hasRight = right.MoveNext())
                rows.Newer.Add(right.Current);
            yield return rows;
        }
    }

    private sealed record EqualRows(List<Row> Older, List<Row> Newer)
    {
        public bool MoreIn(List<Row> one, Part part) => one.Count(row => row.Part == part) > (one == Older ? Newer : Older).Count(row => row.Part == part);
    }

    private sealed record RowChange(string Change, int Copies, Part? From, Row Row);
}

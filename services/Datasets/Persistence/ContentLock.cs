using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Persistence;

/// <summary>
/// One lock per content hash, held in PostgreSQL until the transaction ends: bytes are moved into place or removed only under it,
/// so that an upload and a delete of the same bytes cannot cross, in one process or in several.
/// </summary>
internal static class ContentLock
{
    public static async Task LockContentAsync(this DatasetsDbContext db, IEnumerable<string> sha256, CancellationToken cancellationToken)
    {
        // In one order everywhere, so that two holders of several locks never wait for each other.
        foreach (var key in sha256.Select(KeyOf).Distinct().Order())
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({key})", cancellationToken);
    }

    private static long KeyOf(string sha256) => long.Parse(sha256.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}

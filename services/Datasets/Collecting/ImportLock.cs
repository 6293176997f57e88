using System.IO.Hashing;
using System.Text;
using FineTuneAspire.Datasets.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>
/// Who runs an import holds a lock of its database session, which goes with its process. It is no lock of the row: that must stay open for
/// progress and for a cancel while the import runs for hours.
/// </summary>
internal sealed class ImportLock : IAsyncDisposable
{
    /// <summary>The first of the two keys: keeps these locks apart from others of the database.</summary>
    private const int Kind = 0x696D70;
    private readonly DatasetsDbContext db;
    private readonly int key;

    private ImportLock(DatasetsDbContext db, int key) => (this.db, this.key) = (db, key);

    /// <returns>Null when another session holds it.</returns>
    public static async Task<ImportLock?> TryTakeAsync(DatasetsDbContext db, string import, CancellationToken cancellationToken)
    {
        // Two imports of one hash only wait for each other.
        var key = unchecked((int)XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(import)));
        await db.Database.OpenConnectionAsync(cancellationToken);
        if (await db.Database.SqlQuery<bool>($"SELECT pg_try_advisory_lock({Kind}, {key}) AS \"Value\"").SingleAsync(cancellationToken))
            return new ImportLock(db, key);
        await db.Database.CloseConnectionAsync();
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({Kind}, {key})");
        }
        finally
        {
            await db.Database.CloseConnectionAsync();
        }
    }
}

internal static class ImportRows
{
    /// <summary>The row, held until the transaction ends.</summary>
    public static async Task<Import?> LockImportAsync(this DatasetsDbContext db, string id, CancellationToken cancellationToken) =>
        (await db.Imports.FromSql($"SELECT * FROM imports WHERE id = {id} FOR UPDATE").ToListAsync(cancellationToken)).SingleOrDefault();
}

using FineTuneAspire.Datasets.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>
/// Finds all its work from rows alone: imports that have not ended, oldest first. An import is held by a lock of the database session while
/// it runs (<see cref="ImportLock"/>), so several processes share the work and a dead one lets go at once.
/// </summary>
internal sealed class CollectLoop(
    IServiceScopeFactory scopes, RunImport runImport, ImportSignal signal, IOptions<CollectingOptions> options, TimeProvider clock, ILogger<CollectLoop> logger) : WorkLoop(signal, options.Value.Parallelism, options.Value.PollEvery, clock, logger)
{
    private const int LookedAt = 100;

    /// <returns>False when there was nothing to do.</returns>
    internal override async Task<bool> RunNextAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        var now = Clock.GetUtcNow();
        var due = await db.Imports.Where(import => (import.Status == Import.Queued || import.Status == Import.Running) && import.NextAttemptAt <= now)
            .OrderBy(import => import.CreatedAt).Select(import => import.Id).Take(LookedAt).ToListAsync(cancellationToken);
        foreach (var id in due)
        {
            await using var held = await ImportLock.TryTakeAsync(db, id, cancellationToken);
            if (held is not null && await RunAsync(db, id, cancellationToken))
                return true;
        }

        return false;
    }

    /// <returns>False when another process has run it meanwhile.</returns>
    private async Task<bool> RunAsync(DatasetsDbContext db, string id, CancellationToken cancellationToken)
    {
        Import import;
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            if (await db.LockImportAsync(id, cancellationToken) is not { HasEnded: false } row || row.NextAttemptAt > Clock.GetUtcNow())
                return false;
            import = row;
            import.BeginAttempt(Clock);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        if (import.Attempts > Import.MaxAttempts)
        {
            await runImport.GiveUpAsync(import, cancellationToken);
            return true;
        }

        try
        {
            await runImport.HandleAsync(import, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // An orderly stop is no failed try, and the next process shall not wait.
            await db.Imports.Where(row => row.Id == id && row.Status == Import.Running).ExecuteUpdateAsync(
                row => row.SetProperty(one => one.Attempts, one => one.Attempts - 1).SetProperty(one => one.NextAttemptAt, Clock.GetUtcNow()), CancellationToken.None);
            throw;
        }

        return true;
    }
}

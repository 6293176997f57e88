using FineTuneAspire.Datasets.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Files;

/// <summary>At start and every hour: removes temporary files of dead uploads, files whose time is over, and bytes that no row refers to.</summary>
internal sealed partial class StorageSweep(
    IServiceScopeFactory scopes, FileStorage storage, IOptions<StorageOptions> options, TimeProvider clock, ILogger<StorageSweep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure);
            }

            await Task.Delay(options.Value.SweepEvery, clock, stoppingToken);
        }
    }

    internal async Task SweepAsync(CancellationToken cancellationToken)
    {
        var dead = storage.RemoveDeadIncoming();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        var now = clock.GetUtcNow();
        var expired = await db.Files.Where(file => file.ExpiresAt <= now).ExecuteDeleteAsync(cancellationToken);

        await db.UploadParts.Where(part => db.Uploads.Any(upload => upload.Id == part.UploadId && upload.ExpiresAt <= now)).ExecuteDeleteAsync(cancellationToken);

        var orphans = 0;
        foreach (var batch in storage.AllContents().Chunk(1_000))
        {
            var known = await db.ReferencedAsync(batch, cancellationToken);
            foreach (var sha256 in batch.Where(sha256 => !known.Contains(sha256)))
            {
                // Asked again under the lock: an upload may have come since.
                if (await DeleteFile.RemoveUnreferenced(sha256, storage, db, cancellationToken))
                    orphans++;
            }
        }

        if (dead + expired + orphans > 0)
            LogSwept(dead, expired, orphans);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Dead} leftovers of dead uploads, {Expired} expired files and {Orphans} contents without a file")]
    private partial void LogSwept(int dead, int expired, int orphans);

    [LoggerMessage(Level = LogLevel.Error, Message = "The storage sweep failed; it is tried again next time")]
    private partial void LogFailed(Exception exception);
}

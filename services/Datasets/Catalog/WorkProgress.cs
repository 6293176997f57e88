using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>Carries a worker's progress to the version's progress row, and a request to stop back to the worker, twice a second.</summary>
internal sealed partial class WorkProgress : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private readonly DatasetVersion version;
    private readonly IServiceScopeFactory scopes;
    private readonly TimeProvider clock;
    private readonly ILogger logger;
    private readonly CancellationTokenSource cancelled;
    private readonly CancellationTokenSource ended = new();
    private readonly Task carrying;
    private volatile Stage stage = new(VersionProgress.Queued, 0);
    private long done;

    private WorkProgress(DatasetVersion version, IServiceScopeFactory scopes, TimeProvider clock, ILogger logger, CancellationToken stopping)
    {
        (this.version, this.scopes, this.clock, this.logger) = (version, scopes, clock, logger);
        cancelled = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        carrying = CarryAsync();
    }

    /// <summary>Cancelled when somebody wants the work given up, or when the process stops.</summary>
    public CancellationToken Cancelled => cancelled.Token;

    /// <summary>Whether somebody wants the work given up.</summary>
    public bool CancelRequested { get; private set; }

    /// <summary>Begins; asks first whether the work is wanted at all.</summary>
    public static async Task<WorkProgress> StartAsync(DatasetVersion version, IServiceScopeFactory scopes, TimeProvider clock, ILogger logger, CancellationToken stopping)
    {
        var progress = new WorkProgress(version, scopes, clock, logger, stopping);
        await progress.WriteAsync(stopping);
        return progress;
    }

    /// <param name="name">What is done now, one word.</param>
    /// <param name="totalBytes">To be read in this stage; 0 where bytes say nothing.</param>
    public void Begin(string name, long totalBytes = 0)
    {
        Interlocked.Exchange(ref done, 0);
        stage = new Stage(name, totalBytes);
    }

    /// <summary>The stream, whose reading counts as progress of the stage.</summary>
    public Stream Meter(Stream stream) => new MeteredStream(stream, read => Interlocked.Exchange(ref done, read));

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await carrying;
        ended.Dispose();
        cancelled.Dispose();
    }

    private async Task CarryAsync()
    {
        while (true)
        {
            try
            {
                await Task.Delay(Every, clock, ended.Token);
                await WriteAsync(ended.Token);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // The work itself goes on: it says so too when the database is gone for good.
                LogFailed(failure, version.DatasetId, version.Number);
            }
        }
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        var (name, total) = stage;
        await using var scope = scopes.CreateAsyncScope();
        var asked = await scope.ServiceProvider.GetRequiredService<DatasetsDbContext>().Database.SqlQuery<bool>(
            $"""
            UPDATE dataset_version_progress SET stage = {name}, done_bytes = {Interlocked.Read(ref done)}, total_bytes = {total}, updated_at = {clock.GetUtcNow()}
            WHERE dataset_id = {version.DatasetId} AND number = {version.Number} RETURNING cancel_requested_at IS NOT NULL AS "Value"
            """).ToListAsync(cancellationToken);
        if (!asked.Contains(true))
            return;
        CancelRequested = true;
        await cancelled.CancelAsync();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The progress of {DatasetId} version {Number} could not be written; the work goes on")]
    private partial void LogFailed(Exception exception, string datasetId, int number);

    /// <summary>Replaced as a whole: the worker writes it while the carrier reads.</summary>
    private sealed record Stage(string Name, long Total);
}

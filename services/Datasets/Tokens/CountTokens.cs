using System.Text.Json;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Pricing;
using FineTuneAspire.ServiceDefaults.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>
/// Reads the files of a version once and keeps what it counted. All who ask for a version at the same time wait for the same reading, and it
/// goes on when they give up: a file that takes longer than a client waits is counted all the same, for the next one who asks.
/// </summary>
internal sealed partial class CountTokens(
    IServiceScopeFactory scopes, FileStorage storage, BaseModelCatalog catalog, TokenCounters counters, IOptions<ValidationOptions> options,
    TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<CountTokens> logger) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string, int), Task<TokenCounts>> running = [];

    // Like validation: each file being read takes one core.
    private readonly SemaphoreSlim free = new(options.Value.Parallelism);

    /// <param name="files">The version's files; null where a part has none.</param>
    public Task<TokenCounts> RunAsync(DatasetVersion version, (StoredFile? Training, StoredFile? Validation, StoredFile? Test) files)
    {
        var key = (version.DatasetId, version.Number);
        lock (gate)
        {
            if (!running.TryGetValue(key, out var counting))
                running[key] = counting = Task.Run(() => CountAndKeepAsync(key, files, lifetime.ApplicationStopping));
            return counting;
        }
    }

    private async Task<TokenCounts> CountAndKeepAsync((string DatasetId, int Number) version, (StoredFile? Training, StoredFile? Validation, StoredFile? Test) files, CancellationToken stopping)
    {
        try
        {
            await free.WaitAsync(stopping);
            try
            {
                using var span = DatasetsTelemetry.Source.StartActivity("count tokens");
                span?.SetTag("fta.dataset.id", version.DatasetId).SetTag("fta.dataset.version", version.Number);
                var started = clock.GetTimestamp();
                var counts = new TokenCounts(await CountAsync(files.Training, stopping), await CountAsync(files.Validation, stopping), await CountAsync(files.Test, stopping));
                await KeepAsync(version, counts, stopping);
                DatasetsTelemetry.RecordDuration(clock.GetElapsedTime(started), "tokens");
                return counts;
            }
            finally
            {
                free.Release();
            }
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            // Nobody may be waiting any more.
            LogFailed(failure, version.DatasetId, version.Number);
            throw;
        }
        finally
        {
            lock (gate)
                running.Remove(version);
        }
    }

    private async Task<PartCounts?> CountAsync(StoredFile? file, CancellationToken stopping)
    {
        if (file is null)
            return null;
        var part = new PartCounting(catalog, counters);
        await using var bytes = storage.OpenRead(file.Sha256);
        var reader = new LineReader(bytes, int.MaxValue - 1);
        while (await reader.ReadAsync(stopping))
        {
            using var example = JsonDocument.Parse(reader.Line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
            part.Add(example.RootElement);
        }

        return part.ToCounts(file.Id);
    }

    private async Task KeepAsync((string DatasetId, int Number) version, TokenCounts counts, CancellationToken stopping)
    {
        await using var scope = scopes.CreateAsyncScope();
        var json = JsonSerializer.Serialize(counts, WireJson.Options);
        // Another process may have counted the same version at the same time.
        await scope.ServiceProvider.GetRequiredService<DatasetsDbContext>().Database.ExecuteSqlAsync(
            $"""
            INSERT INTO dataset_token_reports (dataset_id, number, fingerprint, counts, counted_at)
            VALUES ({version.DatasetId}, {version.Number}, {counters.Fingerprint}, {json}::jsonb, {clock.GetUtcNow()})
            ON CONFLICT (dataset_id, number) DO UPDATE SET fingerprint = excluded.fingerprint, counts = excluded.counts, counted_at = excluded.counted_at
            """,
            stopping);
    }

    public void Dispose() => free.Dispose();

    [LoggerMessage(Level = LogLevel.Error, Message = "Counting the tokens of {DatasetId} version {Number} failed")]
    private partial void LogFailed(Exception exception, string datasetId, int number);
}

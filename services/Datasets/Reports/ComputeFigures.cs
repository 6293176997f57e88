using System.Security.Cryptography;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Rows;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>
/// Reads the parts of a version and keeps the figures of its report. All who ask for a version at the same time wait for the same reading, which goes
/// on when they give up. Figures quote the dataset, so they are kept only while its files are there: deleting a file deletes them (see <see cref="DeleteFile"/>).
/// </summary>
internal sealed partial class ComputeFigures(
    IServiceScopeFactory scopes, FileStorage storage, ChatTokens tokens, IOptions<ValidationOptions> options, TimeProvider clock,
    IHostApplicationLifetime lifetime, ILogger<ComputeFigures> logger) : IDisposable
{
    /// <summary>Raise it when the same files would give other figures: kept ones are then computed anew.</summary>
    public const int Edition = 1;

    private readonly Lock gate = new();
    private readonly Dictionary<(string, int), Task<DatasetFigures?>> running = [];

    // Like validation: each version being read takes one core.
    private readonly SemaphoreSlim free = new(options.Value.Parallelism);

    /// <param name="version">Is `validated`.</param>
    /// <returns>Null when a file of the version was deleted.</returns>
    public Task<DatasetFigures?> RunAsync(DatasetVersion version)
    {
        var key = (version.DatasetId, version.Number);
        lock (gate)
        {
            if (!running.TryGetValue(key, out var computing))
                running[key] = computing = Task.Run(() => ComputeAndKeepAsync(version, lifetime.ApplicationStopping));
            return computing;
        }
    }

    private async Task<DatasetFigures?> ComputeAndKeepAsync(DatasetVersion version, CancellationToken stopping)
    {
        try
        {
            await free.WaitAsync(stopping);
            try
            {
                using var span = DatasetsTelemetry.Source.StartActivity("compute report");
                span?.SetTag("fta.dataset.id", version.DatasetId).SetTag("fta.dataset.version", version.Number);
                var started = clock.GetTimestamp();
                await using var scope = scopes.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
                await using var parts = new PartFiles(version, db, storage, clock);
                var figures = await ComputeAsync(version, parts, stopping);
                var kept = figures is not null && await KeepAsync(version, figures, db, stopping);
                DatasetsTelemetry.RecordDuration(clock.GetElapsedTime(started), "report");
                return kept ? figures : null;
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
                running.Remove((version.DatasetId, version.Number));
        }
    }

    private async Task<DatasetFigures?> ComputeAsync(DatasetVersion version, PartFiles parts, CancellationToken stopping)
    {
        using var counting = new FigureCounting(version.TrainingMethod(), tokens, storage.Incoming);
        var starts = new List<(Part Part, int FirstRow)>();
        var rows = 0;
        foreach (var (part, id) in FilesOf(version))
        {
            if (await parts.OpenAsync(part, stopping) is not { } file)
                return null;
            starts.Add((part, rows));
            var reader = new LineReader(file, int.MaxValue - 1);
            for (; await reader.ReadAsync(stopping); rows++)
            {
                using var example = JsonDocument.Parse(reader.Line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
                counting.Add(example.RootElement, part);
            }
        }

        var (figures, conflicts) = counting.ToFigures(version.NearDuplicates, stopping);
        figures = figures with { Consistency = figures.Consistency with { Conflicts = await ReadAsync(version, conflicts, parts, starts, stopping) } };
        return figures with { Suggestions = [.. Suggestions.Of(figures)] };
    }

    /// <summary>Reads the rows of the conflicts, up to the last of them.</summary>
    private static async Task<IReadOnlyList<Conflict>> ReadAsync(
        DatasetVersion version, IReadOnlyList<IReadOnlyList<int>> conflicts, PartFiles parts, List<(Part Part, int FirstRow)> starts, CancellationToken stopping)
    {
        var wanted = conflicts.SelectMany(rows => rows).ToHashSet();
        var shown = new Dictionary<int, (string Input, ConflictingRow Row)>();
        foreach (var (part, firstRow) in starts)
        {
            if (shown.Count == wanted.Count)
                break;
            var file = await parts.OpenAsync(part, stopping);
            file!.Position = 0;
            var reader = new LineReader(file, int.MaxValue - 1);
            while (shown.Count < wanted.Count && await reader.ReadAsync(stopping))
            {
                var row = firstRow + reader.Number - 1;
                if (!wanted.Contains(row))
                    continue;
                var example = ShownExample.Of(PartFiles.Parse(reader.Line), version.TrainingMethod());
                shown[row] = (example.InputExcerpt(), new ConflictingRow(PartFiles.NameOf(part), reader.Number, Convert.ToHexStringLower(SHA256.HashData(reader.Line.Span)), example.AnswerExcerpt()));
            }
        }

        return [.. conflicts.Select(rows => new Conflict(shown[rows[0]].Input, [.. rows.Select(row => shown[row].Row)]))];
    }

    /// <returns>False when a file was deleted meanwhile.</returns>
    private async Task<bool> KeepAsync(DatasetVersion version, DatasetFigures figures, DatasetsDbContext db, CancellationToken stopping)
    {
        var ids = FilesOf(version).Select(file => file.Id).ToArray();
        var json = JsonSerializer.Serialize(figures, WireJson.Options);
        await using var transaction = await db.Database.BeginTransactionAsync(stopping);
        // Locked, so that a deletion either comes before, and is seen, or after, and takes the figures with it.
        var there = await db.Database.SqlQuery<string>($"""SELECT id AS "Value" FROM files WHERE id = ANY({ids}) FOR SHARE""").ToListAsync(stopping);
        if (there.Count < ids.Length)
            return false;
        await db.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO dataset_quality_reports (dataset_id, number, edition, figures, computed_at)
            VALUES ({version.DatasetId}, {version.Number}, {Edition}, {json}::jsonb, {clock.GetUtcNow()})
            ON CONFLICT (dataset_id, number) DO UPDATE SET edition = excluded.edition, figures = excluded.figures, computed_at = excluded.computed_at
            """,
            stopping);
        await transaction.CommitAsync(stopping);
        return true;
    }

    private static IEnumerable<(Part Part, string Id)> FilesOf(DatasetVersion version) =>
        new[] { (Part.Train, version.TrainingFile), (Part.Validation, version.ValidationFile), (Part.Test, version.TestFile) }
            .Where(file => file.Item2 is not null).Select(file => (file.Item1, file.Item2!));

    public void Dispose() => free.Dispose();

    [LoggerMessage(Level = LogLevel.Error, Message = "Computing the report of {DatasetId} version {Number} failed")]
    private partial void LogFailed(Exception exception, string datasetId, int number);
}

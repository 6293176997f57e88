using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.Faults;
using FineTuneAspire.ServiceDefaults.Outgoing;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>
/// Runs one try of an import, whose lock the caller holds. Files, state and bytes end together: in one transaction that holds the row, so
/// that a cancel comes either before it or too late, and a try that died leaves nothing but temporary files that the sweep removes.
/// </summary>
internal sealed class RunImport(
    IEnumerable<ICollector> collectors, FileStorage storage, IServiceScopeFactory scopes, IOptions<CollectingOptions> options, TimeProvider clock)
{
    public async Task HandleAsync(Import import, CancellationToken cancellationToken)
    {
        using var span = DatasetsTelemetry.StartValidation("import", import.TraceParent);
        await using var run = new CollectRun(import, storage, options.Value, scopes, clock);
        span?.SetTag("fta.import.id", import.Id).SetTag("fta.import.type", run.Source.Type);
        try
        {
            await CollectAsync(run, cancellationToken);
            foreach (var (bytes, _) in run.Files)
                await bytes.SealAsync(cancellationToken);
            FaultPoint.Reach("import-sealed");
            await CompleteAsync(import, run, cancellationToken);
        }
        catch (ImportEndedException)
        {
            span?.SetTag("fta.outcome", Import.Cancelled);
        }
        catch (Exception failure) when (Describe(failure, cancellationToken) is { } wrong)
        {
            span?.SetTag("fta.outcome", wrong.Code);
            await FailAsync(import.Id, wrong.Code, wrong.Message, run.Progress, cancellationToken);
        }

        DatasetsTelemetry.RecordImport(span, run.Source.Type, run.Progress);
    }

    public Task GiveUpAsync(Import import, CancellationToken cancellationToken) => FailAsync(
        import.Id, "import_failed", "The server failed repeatedly while it ran this import. Nothing is known to be wrong with the source: ask for it again, and tell the operator if it stays so.",
        progress: null, cancellationToken);

    private async Task CollectAsync(CollectRun run, CancellationToken cancellationToken)
    {
        var collector = collectors.Single(known => known.Type == run.Source.Type);
        // Settings may have changed since the import was asked for.
        if (collector.Refuse(run.Source, run.Project) is { } refusal)
            throw new ImportException(refusal.Value.Error.Code ?? "refused", refusal.Value.Error.Message);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.MaxDuration);
        try
        {
            await collector.CollectAsync(run, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ImportException("time_limit", FormattableString.Invariant($"The import took longer than {options.Value.MaxDuration:c} (Collecting:MaxDuration). Import less at once."));
        }
    }

    private static ImportException? Describe(Exception failure, CancellationToken cancellationToken) => failure switch
    {
        _ when cancellationToken.IsCancellationRequested => null,
        ImportException wrong => wrong,
        _ when OutgoingRefusedException.In(failure) is { } refused => new ImportException(Download.NotAllowed, refused.Message),
        _ => null,
    };

    private async Task CompleteAsync(Import import, CollectRun run, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.LockImportAsync(import.Id, cancellationToken) is not { Status: Import.Running } row)
            return;
        await db.LockContentAsync(run.Files.Select(file => file.Bytes.Content.Sha256), cancellationToken);
        FaultPoint.Reach("import-before-rename");
        var files = new List<StoredFile>();
        foreach (var (bytes, filename) in run.Files)
        {
            storage.Keep(bytes);
            files.Add(StoredFile.Create(row.Project, bytes.Content, filename, row.Purpose, expiresAfter: null, clock));
        }

        FaultPoint.Reach("import-after-rename");
        db.Files.AddRange(files);
        row.TryComplete(files, run.Progress, clock);
        await db.SaveChangesAsync(cancellationToken);
        FaultPoint.Reach("import-before-commit");
        await transaction.CommitAsync(cancellationToken);
        FaultPoint.Reach("import-after-commit");
    }

    private async Task FailAsync(string id, string code, string message, Progress? progress, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.LockImportAsync(id, cancellationToken) is not { } row || !row.TryFail(code, message, progress, clock))
            return;
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}

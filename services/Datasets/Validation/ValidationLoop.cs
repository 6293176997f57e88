using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>
/// Finds all its work from rows alone: dataset versions that are `validating` and job files that are to be read, oldest first. A row is
/// held by a lock of the database while it is worked on, so several processes share the work and a dead one lets go at once.
/// </summary>
internal sealed class ValidationLoop(
    IServiceScopeFactory scopes, ValidationSignal signal, IOptions<ValidationOptions> options, TimeProvider clock, ILogger<ValidationLoop> logger) : WorkLoop(signal, options.Value.Parallelism, options.Value.PollEvery, clock, logger)
{
    /// <summary>Loading the vocabulary takes a second or two: now, not when the first file waits for it.</summary>
    protected override async Task PrepareAsync()
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TrainingFileValidator>();
    }

    /// <returns>False when there was nothing to do.</returns>
    internal override async Task<bool> RunNextAsync(CancellationToken cancellationToken)
    {
        // A job waits for its files; a dataset's creator watches it being read.
        if (await ClaimAsync(db => db.TrainingFileChecks, cancellationToken) is { } check)
        {
            await RunAsync(db => db.TrainingFileChecks.FromSql($"SELECT * FROM training_file_checks WHERE job_id = {check.JobId} FOR UPDATE SKIP LOCKED"),
                (services, row) => Job(services).HandleAsync(row, cancellationToken), (services, row) => Job(services).GiveUp(row), cancellationToken);
            return true;
        }

        if (await ClaimAsync(db => db.Versions, cancellationToken) is { } version)
        {
            await RunAsync(
                db => db.Versions.FromSql($"SELECT * FROM dataset_versions WHERE dataset_id = {version.DatasetId} AND number = {version.Number} AND status = {DatasetVersion.Validating} FOR UPDATE SKIP LOCKED"),
                (services, row) => Dataset(services).HandleAsync(row, cancellationToken), (services, row) => Dataset(services).GiveUp(row), cancellationToken);
            return true;
        }

        return false;
    }

    /// <summary>Takes the oldest row that is due, and commits that it was tried before it is.</summary>
    private async Task<TWork?> ClaimAsync<TWork>(Func<DatasetsDbContext, DbSet<TWork>> set, CancellationToken cancellationToken) where TWork : class, IValidationWork
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var now = Clock.GetUtcNow();
        FormattableString versions = $"SELECT * FROM dataset_versions WHERE status = {DatasetVersion.Validating} AND next_attempt_at <= {now} ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED";
        FormattableString checks = $"SELECT * FROM training_file_checks WHERE next_attempt_at <= {now} ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED";
        var work = (await set(db).FromSql(typeof(TWork) == typeof(DatasetVersion) ? versions : checks).ToListAsync(cancellationToken)).SingleOrDefault();
        if (work is null)
            return null;
        work.BeginAttempt(Clock);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return work;
    }

    private async Task RunAsync<TWork>(
        Func<DatasetsDbContext, IQueryable<TWork>> find, Func<IServiceProvider, TWork, Task> handle, Action<IServiceProvider, TWork> giveUp, CancellationToken cancellationToken)
        where TWork : class, IValidationWork
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        var started = Clock.GetTimestamp();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Null: another process holds it or has ended it.
        if ((await find(db).ToListAsync(cancellationToken)).SingleOrDefault() is not { } work)
            return;

        if (work.Attempts > IValidationWork.MaxAttempts)
            giveUp(scope.ServiceProvider, work);
        else
            await handle(scope.ServiceProvider, work);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        DatasetsTelemetry.RecordDuration(Clock.GetElapsedTime(started), typeof(TWork).Name);
    }

    private static ValidateJobFiles Job(IServiceProvider services) => services.GetRequiredService<ValidateJobFiles>();

    private static ValidateDatasetVersion Dataset(IServiceProvider services) => services.GetRequiredService<ValidateDatasetVersion>();
}

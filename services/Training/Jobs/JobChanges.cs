using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using FineTuneAspire.Training.Persistence;
using FineTuneAspire.Training.Reconciling;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using System.Data.Common;

namespace FineTuneAspire.Training.Jobs;

/// <summary>Lets a request wait until a job's row has changed. A wake-up can be missed only together with Redis; waiters look by themselves now and then.</summary>
public sealed class JobChanges
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new(StringComparer.Ordinal);

    public JobChanges(JobCache cache) => cache.JobChanged += Announce;

    /// <summary>Completes at the next change after this call; take it before reading the row.</summary>
    public Task NextAsync(string jobId) => _waiting.GetOrAdd(jobId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Announce(string jobId)
    {
        if (_waiting.TryRemove(jobId, out var waiting))
            waiting.TrySetResult();
    }
}

/// <summary>After a commit that touched jobs: the loop is woken, waiting requests are told, the cache gets the new state. So no writer can forget it.</summary>
internal sealed class JobChangeInterceptor(JobChanges changes, ReconcileSignal loop, JobCache cache) : DbTransactionInterceptor, ISaveChangesInterceptor
{
    private static readonly ConditionalWeakTable<DbContext, List<Job>> Touched = [];

    public ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is TrainingDbContext db)
            Touched.GetOrCreateValue(db).AddRange(db.ChangeTracker.Entries<Job>().Where(entry => entry.State is EntityState.Added or EntityState.Modified).Select(entry => entry.Entity));
        return new(result);
    }

    public async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is { Database.CurrentTransaction: null } db)
            await TellAsync(db, cancellationToken);
        return result;
    }

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
        TellAsync(eventData.Context, cancellationToken);

    private async Task TellAsync(DbContext? db, CancellationToken cancellationToken)
    {
        if (db is null || !Touched.TryGetValue(db, out var jobs) || jobs.Count == 0)
            return;
        Job[] told = [.. jobs.Distinct()];
        jobs.Clear();
        loop.Wake();
        foreach (var job in told)
        {
            await cache.PutAsync(job.Project, JobObject.From(job), job.Version, cancellationToken);
            changes.Announce(job.Id);
            await cache.AnnounceAsync(job.Id, cancellationToken);
        }
    }
}

using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Reconciling;

/// <param name="Epoch">The fence: higher than that of every earlier holder.</param>
internal sealed record Lease(string JobId, long Epoch);

/// <summary>Another worker holds the job now; whatever this one still wanted to write is dropped.</summary>
internal sealed class LeaseLostException(string jobId) : Exception($"The lease of job {jobId} was lost.");

/// <summary>
/// A job that this worker may change. Each change is one transaction that locks the row and checks the fence; between changes, while
/// a provider is being asked, nothing is locked, and clients may change the row.
/// </summary>
internal sealed class LeasedJob(TrainingDbContext db, Lease lease, TimeProvider clock)
{
    private bool _cancelSeen;

    /// <summary>As of the last read or change.</summary>
    public Job Job { get; private set; } = null!;
    public TrainingDbContext Db => db;
    public TimeProvider Clock => clock;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        Job = await db.Jobs.AsNoTracking().SingleOrDefaultAsync(job => job.Id == lease.JobId && job.LeaseEpoch == lease.Epoch, cancellationToken)
            ?? throw new LeaseLostException(lease.JobId);
        _cancelSeen = Job.CancelWanted;
    }

    /// <param name="change">Gets the locked row and the database's time. What it adds to <see cref="Db"/> commits with it.</param>
    /// <param name="beforeCommit">Where a test may kill the process.</param>
    public async Task ChangeAsync(Action<Job, DateTimeOffset> change, CancellationToken cancellationToken, Action? beforeCommit = null)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.LockJobAsync(lease.JobId, cancellationToken) is not { } job || job.LeaseEpoch != lease.Epoch)
            throw new LeaseLostException(lease.JobId);
        var now = await db.NowAsync(cancellationToken);
        change(job, now);
        // A cancel that came in during this step must not wait for the pause that the step chose.
        if (job.CancelWanted && !_cancelSeen && !job.IsTerminal)
            job.Wake(now);
        await db.SaveChangesAsync(cancellationToken);
        beforeCommit?.Invoke();
        await transaction.CommitAsync(cancellationToken);
        Job = job;
    }

    /// <summary>Only the time of the next look: nothing that a client could see, so nobody is told.</summary>
    public async Task LookAgainAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        var changed = await db.Database.ExecuteSqlAsync(
            $"""
            UPDATE jobs SET failures = 0, next_tick_at = CASE WHEN desired = 'Cancelled' AND NOT {_cancelSeen} THEN clock_timestamp() ELSE clock_timestamp() + {pause} END
            WHERE id = {lease.JobId} AND lease_epoch = {lease.Epoch}
            """, cancellationToken);
        if (changed == 0)
            throw new LeaseLostException(lease.JobId);
    }
}

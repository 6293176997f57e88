using FineTuneAspire.Training.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>
/// Takes jobs that are due, from the rows alone, and gives each to a worker. Any number of processes may run it: a row is taken under
/// SKIP LOCKED and leased by the database's clock. Messages, cancels and commits only wake it.
/// </summary>
internal sealed partial class ReconcileLoop(
    IServiceScopeFactory scopes, ReconcileSignal signal, IOptions<TrainingOptions> options, TimeProvider clock, ILogger<ReconcileLoop> logger) : BackgroundService
{
    private static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(1);
    private readonly TrainingOptions _options = options.Value;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            running.RemoveAll(task => task.IsCompleted);
            var pause = LongestIdle;
            try
            {
                var free = _options.Workers - running.Count;
                if (free > 0)
                {
                    (var leases, pause) = await TakeAsync(free, stoppingToken);
                    running.AddRange(leases.Select(lease => WorkAsync(lease, stoppingToken)));
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }

            try
            {
                await signal.WaitAsync(pause, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        await Task.WhenAll(running);
    }

    private async Task<(List<Lease> Leases, TimeSpan Pause)> TakeAsync(int most, CancellationToken cancellationToken)
    {
        using var quiet = TrainingTelemetry.Quiet("take jobs");
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<TrainingDbContext>().Database;
        var leases = await database.SqlQuery<Lease>(
            $"""
            UPDATE jobs SET lease_until = clock_timestamp() + {_options.Lease}, lease_epoch = lease_epoch + 1
            WHERE id IN (
                SELECT id FROM jobs WHERE next_tick_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until < clock_timestamp())
                ORDER BY next_tick_at LIMIT {most} FOR UPDATE SKIP LOCKED)
            RETURNING id AS "JobId", lease_epoch AS "Epoch"
            """).ToListAsync(cancellationToken);
        var seconds = await database.SqlQuery<double>(
            $"""
            SELECT coalesce(extract(epoch FROM min(greatest(next_tick_at, lease_until)) - clock_timestamp()), 3600)::float8 AS "Value"
            FROM jobs WHERE next_tick_at IS NOT NULL
            """).SingleAsync(cancellationToken);
        return (leases, TimeSpan.FromSeconds(Math.Clamp(seconds, 0.005, LongestIdle.TotalSeconds)));
    }

    private async Task WorkAsync(Lease lease, CancellationToken stoppingToken)
    {
        using var held = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var renewing = RenewAsync(lease, held);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<ReconcileJob>().Handle(lease, held.Token);
        }
        catch (LeaseLostException exception)
        {
            LogLeaseLost(exception.Message);
        }
        catch (OperationCanceledException) when (held.IsCancellationRequested)
        {
            // Stopping, or the lease was lost; the row says where to go on.
        }
        catch (Exception exception)
        {
            LogJobFailed(exception, lease.JobId);
            await held.CancelAsync();
            await renewing;
            await ReleaseAsync(lease, _options.LongestPoll);
            return;
        }

        await held.CancelAsync();
        await renewing;
        await ReleaseAsync(lease, null);
        signal.Wake();
    }

    private async Task RenewAsync(Lease lease, CancellationTokenSource held)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_options.Lease / 3, clock, held.Token);
                using var quiet = TrainingTelemetry.Quiet("renew lease");
                await using var scope = scopes.CreateAsyncScope();
                var renewed = await scope.ServiceProvider.GetRequiredService<TrainingDbContext>().Database.ExecuteSqlAsync(
                    $"UPDATE jobs SET lease_until = clock_timestamp() + {_options.Lease} WHERE id = {lease.JobId} AND lease_epoch = {lease.Epoch}", held.Token);
                if (renewed == 0)
                    await held.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (held.IsCancellationRequested)
        {
            // The work is done.
        }
        catch (Exception exception)
        {
            // The work goes on; whether it still may is checked when it writes.
            LogFailed(exception);
        }
    }

    /// <param name="notBefore">Set after a failure that nobody foresaw, so that it is not repeated at once.</param>
    private async Task ReleaseAsync(Lease lease, TimeSpan? notBefore)
    {
        try
        {
            using var quiet = TrainingTelemetry.Quiet("release lease");
            await using var scope = scopes.CreateAsyncScope();
            var database = scope.ServiceProvider.GetRequiredService<TrainingDbContext>().Database;
            if (notBefore is null)
                await database.ExecuteSqlAsync($"UPDATE jobs SET lease_until = NULL WHERE id = {lease.JobId} AND lease_epoch = {lease.Epoch}", CancellationToken.None);
            else
                await database.ExecuteSqlAsync(
                    $"UPDATE jobs SET lease_until = NULL, failures = failures + 1, next_tick_at = greatest(next_tick_at, clock_timestamp() + {notBefore} * least(failures + 1, 30)) WHERE id = {lease.JobId} AND lease_epoch = {lease.Epoch}", CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The lease runs out by itself.
            LogFailed(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The reconcile loop could not read or write its rows; trying again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {JobId} could not be reconciled; trying again")]
    private partial void LogJobFailed(Exception exception, string jobId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason}")]
    private partial void LogLeaseLost(string reason);
}

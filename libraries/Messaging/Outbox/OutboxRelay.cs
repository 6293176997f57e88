using System.Diagnostics;
using System.Text.Json;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Messaging.Outbox;

/// <summary>
/// Takes committed rows, publishes them, and marks those that the broker confirmed. Rows are locked with SKIP LOCKED while they are
/// in the air, so any number of relays share the work, and a crash frees them at once: what was published but not yet marked goes out
/// again under the same id and the inbox drops it.
/// </summary>
internal sealed partial class OutboxRelay<TDbContext>(
    IServiceScopeFactory scopes, IBusControl bus, BusReadiness readiness, OutboxSignal signal, IOptions<MessagingOptions> options, ILogger<OutboxRelay<TDbContext>> logger) : BackgroundService
    where TDbContext : DbContext
{
    private static readonly TimeSpan CleaningInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PauseWithoutBus = TimeSpan.FromMilliseconds(250);
    private readonly MessagingOptions _options = options.Value;

    /// <summary>After a failed publish one row is taken at a time, so that a row which breaks the channel is the one that is put back.</summary>
    private bool _oneByOne;
    private long _lastCleaning;
    private long _unwellSince;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        CheckModel();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = _options.PollInterval;
            try
            {
                await CleanAsync(stoppingToken);
                pause = IsBusReady() ? await RelayAsync(stoppingToken) : PauseWithoutBus;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogFailed(exception);
            }

            await signal.WaitAsync(pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>
    /// Connected, and every queue of this process declared: an event that goes out before its listener's queue exists is gone. A queue that
    /// will not come (another process declared it otherwise) does not stop the rest for long while another one is there. Without a connection
    /// nothing is tried, for as long as that takes.
    /// </summary>
    private bool IsBusReady()
    {
        var health = bus.CheckHealth();
        if (health.Status == BusHealthStatus.Healthy && readiness.IsReady)
        {
            _unwellSince = 0;
            return true;
        }

        // The bus's own endpoint is never used and calls itself healthy always.
        if (!health.Endpoints.Values.Any(endpoint => endpoint.Status == BusHealthStatus.Healthy && endpoint.InputAddress != bus.Address))
        {
            _unwellSince = 0;
            return false;
        }

        if (_unwellSince == 0)
            _unwellSince = Stopwatch.GetTimestamp();
        return Stopwatch.GetElapsedTime(_unwellSince) > _options.EndpointPatience;
    }

    /// <summary>Relays one batch and tells how long to wait before the next, unless woken.</summary>
    private async Task<TimeSpan> RelayAsync(CancellationToken cancellationToken)
    {
        // An ambient activity that is not recorded: a look at the table every second is no trace of its own.
        using var quiet = new Activity("outbox poll").Start();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<TDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var size = _oneByOne ? 1 : _options.BatchSize;
        var rows = await db.Set<OutboxMessage>().FromSql(
            $"SELECT * FROM outbox_messages WHERE sent_at IS NULL AND created_at + delay <= now() ORDER BY created_at + delay, id LIMIT {size} FOR UPDATE SKIP LOCKED")
            .AsNoTracking().ToListAsync(cancellationToken);
        if (rows.Count == 0)
        {
            _oneByOne = false;
            return _options.PollInterval;
        }

        // From here on nothing is cancelled but by the time-out: a confirmed row that is not marked would go out twice.
        var failures = new Exception?[rows.Count];
        using (var timeout = new CancellationTokenSource(_options.PublishTimeout))
            await Task.WhenAll(rows.Select(async (row, index) => failures[index] = await TryPublishAsync(row, timeout.Token)));

        FaultPoint.Reach("outbox-after-publish");
        var sent = rows.Where((_, index) => failures[index] is null).Select(row => row.Id).ToArray();
        await db.Database.ExecuteSqlAsync($"UPDATE outbox_messages SET sent_at = now(), attempts = attempts + 1, last_error = NULL WHERE id = ANY ({sent})", CancellationToken.None);
        var brokerFailed = false;
        for (var i = 0; i < rows.Count; i++)
        {
            if (failures[i] is not { } failure)
                continue;
            var ownFault = IsOwnFault(failure);
            brokerFailed |= !ownFault;
            // In a batch, a failure of the channel may be another row's doing: such a row keeps its place.
            if (ownFault || _oneByOne)
                await PutBackAsync(db, rows[i], failure);
        }

        await transaction.CommitAsync(CancellationToken.None);
        if (brokerFailed && !_oneByOne)
            LogBrokerAway(rows.Count - sent.Length, failures.First(failure => failure is not null && !IsOwnFault(failure))!.Message);
        // Back to batches with the first row that goes through, and on at once while there are more.
        var wasOneByOne = _oneByOne;
        _oneByOne = brokerFailed;
        if (brokerFailed)
            return PauseWithoutBus;
        return wasOneByOne || rows.Count == size ? TimeSpan.Zero : _options.PollInterval;
    }

    private async Task<Exception?> TryPublishAsync(OutboxMessage row, CancellationToken cancellationToken)
    {
        try
        {
            var type = Type.GetType(row.Type) ?? throw new UnreadableRowException($"The type {row.Type} is not part of this program.");
            var message = Deserialize(row, type);
            using var relaying = MessagingTelemetry.StartRelaying(row, type);
            FaultPoint.Reach("outbox-before-publish");
            await bus.Publish(message, type, context =>
            {
                context.MessageId = row.Id;
                context.ConversationId = row.ConversationId ?? row.Id;
                context.InitiatorId = row.InitiatorId;
                if (row.NeedsReceiver && context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
                    rabbit.Mandatory = true;
            }, cancellationToken);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static object Deserialize(OutboxMessage row, Type type)
    {
        try
        {
            return JsonSerializer.Deserialize(row.Body, type) ?? throw new UnreadableRowException($"The body of a {type.Name} is null.");
        }
        catch (JsonException exception)
        {
            throw new UnreadableRowException($"The body is not a {type.Name}: {exception.Message}");
        }
    }

    private async Task PutBackAsync(TDbContext db, OutboxMessage row, Exception failure)
    {
        // 1, 2, 4 … 60 s.
        var pause = TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Min(row.Attempts, 10))));
        var error = failure.Message.Length > 1000 ? failure.Message[..1000] : failure.Message;
        await db.Database.ExecuteSqlAsync(
            $"UPDATE outbox_messages SET attempts = attempts + 1, delay = now() - created_at + {pause}, last_error = {error} WHERE id = {row.Id}", CancellationToken.None);
        LogPutBack(row.Id, row.Type, row.Attempts + 1, pause.TotalSeconds, error);
    }

    /// <summary>True when the row itself cannot be sent (now), however well the broker is.</summary>
    private static bool IsOwnFault(Exception failure) => failure is UnreadableRowException or MessageReturnedException;

    private async Task CleanAsync(CancellationToken cancellationToken)
    {
        if (_lastCleaning != 0 && Stopwatch.GetElapsedTime(_lastCleaning) < CleaningInterval)
            return;
        using var quiet = new Activity("outbox clean").Start();
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<TDbContext>().Database;
        await database.ExecuteSqlAsync($"DELETE FROM outbox_messages WHERE sent_at < now() - {_options.OutboxRetention}", cancellationToken);
        await database.ExecuteSqlAsync($"DELETE FROM inbox_messages WHERE consumed_at < now() - {_options.InboxRetention}", cancellationToken);
        _lastCleaning = Stopwatch.GetTimestamp();
    }

    private void CheckModel()
    {
        using var scope = scopes.CreateScope();
        if (scope.ServiceProvider.GetRequiredService<TDbContext>().Model.FindEntityType(typeof(OutboxMessage)) is null)
            throw new InvalidOperationException($"{typeof(TDbContext).Name} has no outbox. Call modelBuilder.AddMessagingTables() in its OnModelCreating and add a migration.");
    }

    private sealed class UnreadableRowException(string message) : Exception(message);

    [LoggerMessage(Level = LogLevel.Error, Message = "The outbox could not be relayed; trying again")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker did not take {Count} messages ({Error}); they stay in the outbox and are tried again")]
    private partial void LogBrokerAway(int count, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox row {Id} ({Type}) could not be sent, attempt {Attempt}; again in {Seconds} s: {Error}")]
    private partial void LogPutBack(Guid id, string type, int attempt, double seconds, string error);
}

using System.Collections.Concurrent;
using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.Json;
using StackExchange.Redis;

namespace FineTuneAspire.Training.Jobs;

/// <summary>
/// Job objects as clients read them, in Redis, each with its row's version: an older one never replaces a newer one. PostgreSQL is the
/// truth. A write that Redis missed leaves an older entry behind: this process passes it by until it has expired, and other processes may
/// show a live job's state late by at most <see cref="KeepLive"/>. A Redis that is away or hangs costs at most <see cref="Patience"/> once, then
/// nothing until <see cref="Pause"/> has passed.
/// </summary>
public sealed partial class JobCache(IServiceProvider services, TimeProvider clock, ILogger<JobCache> logger) : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeepLive = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeepEnded = TimeSpan.FromMinutes(10);
    private static readonly RedisChannel Changed = RedisChannel.Literal("fta:training:changed");

    // KEYS[1] entry; ARGV version, body, milliseconds to live. Compared and set in one step.
    private const string SetIfNewer = """
        local have = redis.call('HGET', KEYS[1], 'v')
        if have and tonumber(have) > tonumber(ARGV[1]) then return 0 end
        redis.call('HSET', KEYS[1], 'v', ARGV[1], 'b', ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return 1
        """;

    /// <summary>Jobs whose entry may be older than what this process has written since, and the time stamp until which it may live.</summary>
    private readonly ConcurrentDictionary<string, long> _outdated = new();
    private Task<IConnectionMultiplexer>? _connecting;
    private long _closedUntil;

    /// <summary>Raised with a job's id when another process (or this one) changed it.</summary>
    public event Action<string>? JobChanged;

    /// <summary>Null when it is not cached or Redis does not answer.</summary>
    public async Task<FineTuningJob?> FindAsync(string project, string id, CancellationToken cancellationToken)
    {
        if (_outdated.TryGetValue(id, out var until))
        {
            if (clock.GetTimestamp() < until)
                return null;
            _outdated.TryRemove(id, out _);
        }

        var body = await TryAsync(async redis => (byte[]?)await redis.GetDatabase().HashGetAsync(Key(project, id), "b"), cancellationToken);
        return body is null ? null : JsonSerializer.Deserialize<FineTuningJob>(body, WireJson.Options);
    }

    public async Task PutAsync(string project, FineTuningJob job, long version, CancellationToken cancellationToken)
    {
        var keep = JobStatus.IsTerminal(job.Status) ? KeepEnded : KeepLive;
        RedisValue[] values = [version, JsonSerializer.SerializeToUtf8Bytes(job, WireJson.Options), (long)keep.TotalMilliseconds];
        if (await TryAsync(redis => redis.GetDatabase().ScriptEvaluateAsync(SetIfNewer, [Key(project, job.Id)], values), cancellationToken) is null)
            _outdated[job.Id] = clock.GetTimestamp() + (long)((KeepLive + Patience).TotalSeconds * clock.TimestampFrequency);
    }

    /// <summary>Tells the other processes.</summary>
    public Task AnnounceAsync(string id, CancellationToken cancellationToken) =>
        TryAsync(redis => redis.GetSubscriber().PublishAsync(Changed, id), cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Connecting blocks until Redis answers or gives up; requests go without it meanwhile.
        _connecting = Task.Run(async () =>
        {
            var redis = services.GetRequiredService<IConnectionMultiplexer>();
            await redis.GetSubscriber().SubscribeAsync(Changed, (_, id) => JobChanged?.Invoke(id.ToString()));
            return redis;
        }, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_connecting is { IsCompleted: false } connecting)
            await ((Task)connecting).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<T?> TryAsync<T>(Func<IConnectionMultiplexer, Task<T>> use, CancellationToken cancellationToken)
    {
        if (_connecting is not { IsCompletedSuccessfully: true } connected || clock.GetTimestamp() < Volatile.Read(ref _closedUntil))
            return default;
        try
        {
            return await use(await connected).WaitAsync(Patience, clock, cancellationToken);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            Volatile.Write(ref _closedUntil, clock.GetTimestamp() + (long)(Pause.TotalSeconds * clock.TimestampFrequency));
            LogUnavailable(exception.Message);
            return default;
        }
    }

    private static RedisKey Key(string project, string id) => $"fta:job:{project}:{id}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis did not answer; job states come from PostgreSQL alone for a while: {Reason}")]
    private partial void LogUnavailable(string reason);
}

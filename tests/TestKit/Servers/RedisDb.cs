using StackExchange.Redis;

namespace FineTuneAspire.TestKit;

/// <summary>An emptied database of the shared Redis. For FLUSHALL, a stop or a hang take a <see cref="PrivateServer"/>.</summary>
public static class RedisDb
{
    // Database 0 holds the counter from which test processes take turns; 1 to 63 are handed out.
    private const int Databases = 63;

    /// <summary>A connection string as in `ConnectionStrings:cache`, with `defaultDatabase`.</summary>
    public static async Task<string> CreateAsync()
    {
        var servers = await Servers.GetAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{servers.Redis},allowAdmin=true");
        var number = (int)(await redis.GetDatabase(0).StringIncrementAsync("fta-test-databases") % Databases) + 1;
        await redis.GetDatabase(number).ExecuteAsync("FLUSHDB");
        return $"{servers.Redis},defaultDatabase={number}";
    }
}

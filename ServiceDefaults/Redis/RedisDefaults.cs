using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace FineTuneAspire.ServiceDefaults.Redis;

/// <summary>
/// Redis is only a cache here: when it hangs or is gone a request loses some ten milliseconds, not seconds. The settings lie where
/// Aspire.StackExchange.Redis reads its own, so they hold in both flavours; anything the configuration says goes before them.
/// </summary>
internal static class RedisDefaults
{
    internal const string Section = "Aspire:StackExchange:Redis";
    private const string Client = Section + ":ConfigurationOptions:";

    public static void AddRedisDefaults(this IHostApplicationBuilder builder) =>
        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                // A service without its cache is in order, so Redis has no part in /health.
                [Section + ":DisableHealthChecks"] = "true",
                [Client + "ConnectTimeout"] = "500",
                [Client + "AsyncTimeout"] = "50",
                [Client + "SyncTimeout"] = "50",
                // Time-outs are noticed by the heartbeat, which beats once a second unless told.
                [Client + "HeartbeatInterval"] = "00:00:00.050",
            },
        });
}

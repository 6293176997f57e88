#if !ASPIRE
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

// The namespace and signature of Aspire.StackExchange.Redis, which takes this file's place in the Aspire flavour.
namespace Microsoft.Extensions.Hosting;

public static class AspireRedisExtensions
{
    /// <summary>
    /// Registers a singleton <see cref="IConnectionMultiplexer"/> for `ConnectionStrings:<paramref name="connectionName"/>`.
    /// The process starts without Redis and reconnects when it comes: Redis is only a cache here.
    /// </summary>
    public static void AddRedisClient(this IHostApplicationBuilder builder, string connectionName, Action<ConfigurationOptions>? configureOptions = null)
    {
        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
        {
            var text = builder.Configuration.GetConnectionString(connectionName)
                ?? throw new InvalidOperationException($"ConnectionStrings:{connectionName} is not set. Start the service through ./run, or set it to 'host:port,password=…'.");
            var options = ConfigurationOptions.Parse(text);
            options.AbortOnConnectFail = false;
            configureOptions?.Invoke(options);
            options.LoggerFactory = services.GetService<ILoggerFactory>();
            return ConnectionMultiplexer.Connect(options);
        });
    }
}
#endif

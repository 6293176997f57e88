#if !ASPIRE
using Aspire.StackExchange.Redis;
using FineTuneAspire.ServiceDefaults.Redis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

// Names, signature and settings of the package Aspire.StackExchange.Redis, which takes this file's place in the Aspire flavour.
namespace Aspire.StackExchange.Redis
{
    /// <summary>Section `Aspire:StackExchange:Redis`.</summary>
    public sealed class StackExchangeRedisSettings
    {
        public string? ConnectionString { get; set; }
        public bool DisableHealthChecks { get; set; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    public static class AspireRedisExtensions
    {
        /// <summary>
        /// Registers a singleton <see cref="IConnectionMultiplexer"/> for `ConnectionStrings:<paramref name="connectionName"/>`. The process
        /// starts without Redis and connects when it comes.
        /// </summary>
        public static void AddRedisClient(this IHostApplicationBuilder builder, string connectionName,
            Action<StackExchangeRedisSettings>? configureSettings = null, Action<ConfigurationOptions>? configureOptions = null)
        {
            var section = builder.Configuration.GetSection(RedisDefaults.Section);
            var named = section.GetSection(connectionName);
            var settings = new StackExchangeRedisSettings();
            section.Bind(settings);
            named.Bind(settings);
            settings.ConnectionString = builder.Configuration.GetConnectionString(connectionName) ?? settings.ConnectionString;
            configureSettings?.Invoke(settings);

            builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
            {
                var options = ConfigurationOptions.Parse(settings.ConnectionString
                    ?? throw new InvalidOperationException($"ConnectionStrings:{connectionName} is not set. Start the service through ./run, or set it to 'host:port,password=…'."));
                options.AbortOnConnectFail = false;
                section.GetSection("ConfigurationOptions").Bind(options);
                named.GetSection("ConfigurationOptions").Bind(options);
                configureOptions?.Invoke(options);
                options.LoggerFactory ??= services.GetService<ILoggerFactory>();
                return ConnectionMultiplexer.Connect(options);
            });
            if (!settings.DisableHealthChecks)
                builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>("StackExchange.Redis");
        }

        private sealed class RedisHealthCheck(IConnectionMultiplexer redis) : IHealthCheck
        {
            public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
            {
                try
                {
                    await redis.GetDatabase().PingAsync().WaitAsync(cancellationToken);
                    return HealthCheckResult.Healthy();
                }
                catch (Exception exception) when (exception is RedisException or TimeoutException)
                {
                    return new(context.Registration.FailureStatus, "Redis does not answer.");
                }
            }
        }
    }
}
#endif

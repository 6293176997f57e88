using FineTuneAspire.Messaging.Inbox;
using FineTuneAspire.Messaging.Outbox;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace FineTuneAspire.Messaging;

/// <summary>The bus of a service: MassTransit over RabbitMQ, with a transactional outbox and inbox in the service's own database.</summary>
public static class MessagingExtensions
{
    /// <summary>
    /// Connects the process to `ConnectionStrings:<paramref name="connectionName"/>` (`amqp://user:password@host:port[/vhost]`), relays the
    /// outbox of <typeparamref name="TDbContext"/>, and runs the named consumers. The process starts and serves while the broker is away:
    /// messages wait in the outbox. Call <see cref="MessagingTables.AddMessagingTables"/> in the context's OnModelCreating.
    /// </summary>
    public static void AddMessaging<TDbContext>(this IHostApplicationBuilder builder, string connectionName, Action<MessagingRegistration>? consumers = null)
        where TDbContext : DbContext
    {
        if (builder.Services.Any(service => service.ServiceType == typeof(OutboxSignal)))
            throw new InvalidOperationException("AddMessaging was called twice; a process has one bus and one outbox.");

        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<MessagingOptions>().BindConfiguration(MessagingOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<OutboxSignal>();
        services.AddSingleton<OutboxInterceptor>();
        services.AddSingleton<BusReadiness>();
        services.AddBusObserver(provider => provider.GetRequiredService<BusReadiness>());
        services.ConfigureDbContext<TDbContext>((provider, options) => options.AddInterceptors(provider.GetRequiredService<OutboxInterceptor>()));
        services.AddScoped(provider => new InboxContext(provider.GetRequiredService<TDbContext>()));

        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.SetEndpointNameFormatter(new KebabCaseEndpointNameFormatter(ServiceName(typeof(TDbContext)), includeNamespace: false));
            bus.ConfigureHealthCheckOptions(health =>
            {
                health.Name = connectionName;
                // Without the broker the service still answers and keeps its messages: degraded, not out of rotation.
                health.MinimalFailureStatus = HealthStatus.Degraded;
                health.Tags.Clear();
            });
            consumers?.Invoke(new MessagingRegistration(bus));
            bus.AddConfigureEndpointsCallback(ConfigureEndpoint);
            bus.UsingRabbitMq((context, rabbit) =>
            {
                BusConnection.Parse(connectionName, builder.Configuration.GetConnectionString(connectionName)).Apply(rabbit);
                rabbit.PrefetchCount = 16;
                rabbit.SendTopology.ConfigureErrorSettings = KeepParked;
                rabbit.SendTopology.ConfigureDeadLetterSettings = KeepParked;
                rabbit.ConfigureEndpoints(context);
            });
        });
        services.Configure<MassTransitHostOptions>(host =>
        {
            host.WaitUntilStarted = false;
            host.ConsumerStopTimeout = TimeSpan.FromSeconds(4);
            host.StopTimeout = TimeSpan.FromSeconds(6);
        });
        // After the bus, so that it stops before it.
        services.AddHostedService<OutboxRelay<TDbContext>>();
    }

    private static void ConfigureEndpoint(IRegistrationContext context, string name, IReceiveEndpointConfigurator endpoint)
    {
        if (endpoint is IRabbitMqReceiveEndpointConfigurator rabbit)
        {
            // A message that kills its process over and over goes to the error queue too. RabbitMQ 3 has no limit of its own.
            rabbit.SetQuorumQueue();
            rabbit.SetQueueArgument("x-delivery-limit", 5);
            rabbit.BindDeadLetterQueue($"{name}_error", $"{name}_error");
        }

        endpoint.PublishFaults = false;
        // A database that is away is no fault of the message: wait for it, well within RabbitMQ's 30 minutes for an unacknowledged message.
        endpoint.UseMessageRetry(retry =>
        {
            retry.Handle<Exception>(IsDatabaseAway);
            retry.Interval(120, TimeSpan.FromSeconds(5));
        });
        // Five tries in about three seconds, then the error queue. Each try has its own scope and transaction.
        endpoint.UseMessageRetry(retry =>
        {
            retry.Ignore<Exception>(IsDatabaseAway);
            retry.Intervals(100, 300, 800, 2000);
        });
        endpoint.UseConsumeFilter(typeof(InboxFilter<>), context);
    }

    /// <summary>
    /// MassTransit gives error queues the arguments of their source. A parked message must not be thrown away for having been looked at
    /// too often, so its queue is a plain durable one, as the dead-letter binding above declares it.
    /// </summary>
    private static void KeepParked(IRabbitMqQueueConfigurator queue)
    {
        foreach (var argument in new[] { "x-queue-type", "x-delivery-limit", "x-dead-letter-exchange" })
            queue.SetQueueArgument(argument, null);
    }

    private static bool IsDatabaseAway(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            // Class 40 (serialization failure, deadlock) is over at once; 57P is the server shutting down or starting.
            if (exception is PostgresException { SqlState: var state })
                return state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal) || state.StartsWith("08", StringComparison.Ordinal);
            if (exception is NpgsqlException { IsTransient: true })
                return true;
        }

        return false;
    }

    /// <summary>`FineTuneAspire.Datasets` → `datasets`: queues are named after the service, however the process is hosted.</summary>
    private static string ServiceName(Type dbContext) => dbContext.Assembly.GetName().Name!.Split('.')[^1].ToLowerInvariant();
}

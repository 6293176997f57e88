using FineTuneAspire.Training.Jobs;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FineTuneAspire.Training.Persistence;

internal static class DatabaseRegistration
{
    public const string ConnectionName = "training-db";

    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<JobChangeInterceptor>();
        builder.Services.AddDbContext<TrainingDbContext>((services, options) => options
            .UseNpgsql(builder.Configuration.GetConnectionString(ConnectionName)
                ?? throw new InvalidOperationException($"ConnectionStrings:{ConnectionName} is not set. Start the service through ./run, or set it to an Npgsql connection string."))
            .AddInterceptors(services.GetRequiredService<JobChangeInterceptor>()));
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>(ConnectionName);
    }

    /// <summary>The `migrate` verb: brings the database to this program's schema and ends.</summary>
    public static async Task MigrateDatabaseAsync(this WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<TrainingDbContext>().Database.MigrateAsync();
    }

    private sealed class DatabaseHealth(TrainingDbContext db) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await db.Database.CanConnectAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("PostgreSQL does not answer.");
    }
}

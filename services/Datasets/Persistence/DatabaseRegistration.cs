using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FineTuneAspire.Datasets.Persistence;

internal static class DatabaseRegistration
{
    public const string ConnectionName = "datasets-db";

    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        var connection = builder.Configuration.GetConnectionString(ConnectionName)
            ?? throw new InvalidOperationException($"ConnectionStrings:{ConnectionName} is not set: name the PostgreSQL database of the dataset service.");
        builder.Services.AddDbContext<DatasetsDbContext>(options => options.UseNpgsql(connection));
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>(ConnectionName);
    }

    private sealed class DatabaseHealth(DatasetsDbContext db) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await db.Database.CanConnectAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The database does not answer.");
    }
}

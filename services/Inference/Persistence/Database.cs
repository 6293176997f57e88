using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FineTuneAspire.Inference.Persistence;

internal static class Database
{
    public const string ConnectionName = "inference-db";
    public const string MigrateVerb = "migrate";

    public static void AddDatabase(this IHostApplicationBuilder builder)
    {
        var connection = builder.Configuration.GetConnectionString(ConnectionName)
            ?? throw new InvalidOperationException($"ConnectionStrings:{ConnectionName} is not set. Start the service through ./run, or set it to 'Host=…;Port=…;Username=…;Password=…;Database=…'.");
        builder.Services.AddDbContext<InferenceDb>(options => options.UseNpgsql(connection));
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>(ConnectionName);
    }

    /// <summary>The verb `migrate`: brings the database to this build's schema and ends.</summary>
    public static async Task<int> MigrateAsync(this IHostApplicationBuilder builder, CancellationToken cancellationToken)
    {
        await using var services = builder.Services.BuildServiceProvider();
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<InferenceDb>().Database.MigrateAsync(cancellationToken);
        return 0;
    }

    private sealed class DatabaseHealth(InferenceDb db) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await db.Database.CanConnectAsync(cancellationToken) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{ConnectionName} does not answer.");
    }

    /// <summary>For `dotnet ef migrations add`, which needs the model and no server.</summary>
    internal sealed class DesignTime : IDesignTimeDbContextFactory<InferenceDb>
    {
        public InferenceDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<InferenceDb>().UseNpgsql("Host=design-time").Options);
    }
}

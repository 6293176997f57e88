using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace FineTuneAspire.LocalProvider.Persistence;

internal static class ProviderDatabase
{
    public static void AddProviderDatabase(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<DataFolder>();
        builder.Services.AddHostedService<OrphanSweep>();
        // No pooled connections: the file belongs to this process only while it runs, and opening one costs microseconds.
        builder.Services.AddDbContextFactory<ProviderDbContext>((services, options) =>
            options.UseSqlite($"Data Source={services.GetRequiredService<DataFolder>().Database};Pooling=False"));
    }

    /// <summary>
    /// Brings the file to this version's schema. The other services migrate in a step of their own because replicas share their database;
    /// this file has exactly one owner, who holds its folder's lock here.
    /// </summary>
    public static async Task MigrateProviderDatabaseAsync(this WebApplication app)
    {
        await using var db = await app.Services.GetRequiredService<IDbContextFactory<ProviderDbContext>>().CreateDbContextAsync();
        // EF Core marks a running migration with a row that outlives a killed process and would make every later start wait for ever.
        // The folder's lock says that no other process can be migrating, so such a row is a dead one's.
        if (await db.Database.GetService<IHistoryRepository>().ExistsAsync())
            await DeleteStaleMigrationLockAsync(db);
        await db.Database.MigrateAsync();
        // Readers never wait for the writer; the setting stays in the file. Each commit is still synced, so what was answered is on disk.
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL");
    }

    private static async Task DeleteStaleMigrationLockAsync(ProviderDbContext db)
    {
        try
        {
            await db.Database.ExecuteSqlRawAsync("DELETE FROM \"__EFMigrationsLock\"");
        }
        catch (SqliteException noSuchTable) when (noSuchTable.SqliteErrorCode == 1)
        {
            // EF Core makes the table with its first migration.
        }
    }
}

/// <summary>For `dotnet ef migrations add`, which needs a context without a data folder.</summary>
internal sealed class DesignTimeContext : IDesignTimeDbContextFactory<ProviderDbContext>
{
    public ProviderDbContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<ProviderDbContext>().UseSqlite("Data Source=:memory:").Options);
}

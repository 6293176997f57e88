using FineTuneAspire.Inference.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Tests.Persistence;

public class MigrationTests
{
    [Fact]
    public void Has_a_migration_for_every_change_of_the_model()
    {
        using var db = new InferenceDb(new DbContextOptionsBuilder<InferenceDb>().UseNpgsql("Host=nowhere").Options);

        Assert.False(db.Database.HasPendingModelChanges());
    }
}

/// <summary>A second database of the service for a test that wants one to itself.</summary>
internal sealed class InferenceDbFor(string connectionString) : IAsyncDisposable
{
    private readonly InferenceDb _db = new(new DbContextOptionsBuilder<InferenceDb>().UseNpgsql(connectionString).Options);

    public async Task CopyModelAsync(string from, string model)
    {
        await _db.Database.MigrateAsync();
        await using var source = new InferenceDb(new DbContextOptionsBuilder<InferenceDb>().UseNpgsql(from).Options);
        _db.Add(await source.Models.AsNoTracking().SingleAsync(row => row.Id == model));
        await _db.SaveChangesAsync();
    }

    public ValueTask DisposeAsync() => _db.DisposeAsync();
}

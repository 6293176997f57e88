using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.TestKit;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Tests.Persistence;

public sealed class ProviderDatabaseTests
{
    [Fact]
    public void The_migrations_make_exactly_the_model()
    {
        using var db = new DesignTimeContext().CreateDbContext([]);
        Assert.False(db.Database.HasPendingModelChanges(), "Run `dotnet ef migrations add` in services/LocalProvider.");
    }

    [Fact]
    public async Task A_migration_that_a_killed_process_left_marked_as_running_does_not_stop_the_next_start()
    {
        var folder = TestFolder.Create("stale-lock");
        string file;
        await using (var provider = Provider.Start(folder))
            file = await provider.UploadAsync("abc");
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "provider.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO \"__EFMigrationsLock\" VALUES (1, '2026-01-01 00:00:00+00:00')";
            await command.ExecuteNonQueryAsync();
        }

        // EF Core would wait for ever, so the start gets a deadline.
        await using var again = await Task.Run(() => Provider.Start(folder)).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("abc", await again.Http.GetStringAsync($"files/{file}/content"));
    }

    [Fact]
    public async Task Two_processes_never_share_a_data_folder()
    {
        await using var first = Provider.Start();
        var refused = Assert.ThrowsAny<Exception>(() => Provider.Start(first.Folder));
        Assert.Contains("Another local provider is using", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_without_a_row_are_swept_at_the_start()
    {
        var folder = TestFolder.Create("orphans");
        Directory.CreateDirectory(Path.Combine(folder, "files"));
        Directory.CreateDirectory(Path.Combine(folder, "tuned", "ftjob-1", "step-5"));
        await File.WriteAllTextAsync(Path.Combine(folder, "files", "file-1.part"), "half");
        await using var provider = Provider.Start(folder);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, "files")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, "tuned")));
    }

    [Fact]
    public void A_start_without_a_folder_says_what_to_set()
    {
        var refused = Assert.ThrowsAny<Exception>(() => Provider.Start(TestFolder.Create("unset"), new Dictionary<string, string> { ["Storage:Path"] = "" }));
        Assert.Contains("Storage__Path", refused.ToString(), StringComparison.Ordinal);
    }
}

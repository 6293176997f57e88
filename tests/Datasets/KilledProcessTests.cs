using System.Security.Cryptography;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests;

/// <summary>The service as a process of its own, killed with SIGKILL at named points while it keeps a file or reads a dataset.</summary>
public class KilledProcessTests
{
    private static readonly string[] UploadPoints =
    [
        "upload-headers", "upload-1mib", "upload-last-byte", "upload-before-fsync", "upload-after-fsync",
        "upload-before-rename", "upload-after-rename", "upload-before-commit", "upload-after-commit",
    ];

    [Fact]
    public async Task An_accepted_file_survives_a_kill_at_every_point_of_the_next_upload_and_nothing_else_is_left()
    {
        await using var database = await TestDatabase.CreateAsync("datasets");
        await DatasetsService.MigrateAsync(database.ConnectionString);
        var folder = TestFolder.Create("datasets");
        var accepted = new Dictionary<string, byte[]>();
        foreach (var point in UploadPoints)
        {
            // The first upload passes the point and is accepted; the second one dies there.
            await using var process = await ServiceProcess.StartAsync(database.ConnectionString, folder, $"{point}:2:kill");
            var (safe, doomed) = (RandomNumberGenerator.GetBytes(2 << 20), RandomNumberGenerator.GetBytes(2 << 20));
            accepted[(await process.UploadAsync(safe)).Id] = safe;
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => process.UploadAsync(doomed));
            await process.KilledAsync();
        }

        await using var last = await ServiceProcess.StartAsync(database.ConnectionString, folder, fault: null);
        foreach (var (id, bytes) in accepted)
            Assert.Equal(Convert.ToHexString(SHA256.HashData(bytes)), Convert.ToHexString(SHA256.HashData(await last.ContentAsync(id))));

        // Committed but never answered: only the upload killed after its commit is there too.
        var rows = await database.ScalarAsync<string>("SELECT string_agg(DISTINCT sha256, ',') FROM files");
        Assert.Equal(UploadPoints.Length + 1, rows.Split(',').Length);
        await Eventually.True(() => Directory.GetFiles(Path.Combine(folder, "incoming")).Length == 0, because: "leftovers of the dead uploads are gone");
        await Eventually.True(
            () => Directory.GetFiles(Path.Combine(folder, "objects"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order().SequenceEqual(rows.Split(',').Order()),
            because: "only bytes with a row are kept");
    }

    [Theory]
    [InlineData("dataset-validated")]
    [InlineData("dataset-split")]
    public async Task A_version_left_validating_by_a_kill_is_taken_up_again_from_its_row(string point)
    {
        await using var database = await TestDatabase.CreateAsync("datasets");
        await DatasetsService.MigrateAsync(database.ConnectionString);
        var folder = TestFolder.Create("datasets");
        string id;
        await using (var process = await ServiceProcess.StartAsync(database.ConnectionString, folder, $"{point}:1:kill"))
        {
            var file = await process.UploadAsync(ChatFiles.Lines(100));
            id = (await process.CreateDatasetAsync(file.Id)).Id;
            await process.KilledAsync();
        }

        Assert.Equal("validating", await database.ScalarAsync<string>("SELECT status FROM dataset_versions"));
        await using var next = await ServiceProcess.StartAsync(database.ConnectionString, folder, fault: null);
        await Eventually.Equal("validated", () => database.ScalarAsync<string>("SELECT status FROM dataset_versions"), TimeSpan.FromSeconds(60));

        Assert.Equal(4, await database.ScalarAsync<long>("SELECT count(*) FROM files"));
        Assert.Equal(1, await database.ScalarAsync<long>($"SELECT count(*) FROM outbox_messages WHERE body LIKE '%{id}%' AND type LIKE '%Validated%'"));
        // Source, three parts and the manifest of their rows.
        Assert.Equal(5, Directory.GetFiles(Path.Combine(folder, "objects"), "*", SearchOption.AllDirectories).Length);
    }
}

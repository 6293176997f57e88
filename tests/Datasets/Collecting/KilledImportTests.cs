using System.Security.Cryptography;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Collecting;

/// <summary>Imports whose process is killed with SIGKILL at each of eight points: the next process ends each of them, once.</summary>
public class KilledImportTests
{
    private static readonly string[] Points =
    [
        "import-begin", "import-1mib", "import-last-byte", "import-sealed", "import-before-rename", "import-after-rename", "import-before-commit", "import-after-commit",
    ];

    [Fact]
    public async Task An_import_is_taken_up_from_its_row_after_a_kill_at_every_point_and_makes_one_file()
    {
        await using var web = await WebServer.StartAsync();
        await using var database = await TestDatabase.CreateAsync("datasets");
        await DatasetsService.MigrateAsync(database.ConnectionString);
        var folder = TestFolder.Create("datasets");
        var imports = new Dictionary<string, byte[]>();
        foreach (var point in Points)
        {
            // The import that the process before left passes the point; the next one dies there.
            await using var process = await ServiceProcess.StartAsync(database.ConnectionString, folder, $"{point}:{(imports.Count == 0 ? 1 : 2)}:kill", web.Allowed());
            await EndedAsync(database, imports.Count);
            var bytes = RandomNumberGenerator.GetBytes(2 << 20);
            // The file comes only when the request for it has been answered.
            var answered = new TaskCompletionSource();
            web.On($"/{point}", async context =>
            {
                await answered.Task;
                await context.Response.Body.WriteAsync(bytes);
            });
            imports[(await process.PostAsync<ImportObject>("/v1/imports", new { source = new { type = "url", url = web.Url($"/{point}") } })).Id] = bytes;
            answered.SetResult();
            await process.KilledAsync();
            // Ended only where it was killed after the commit.
            Assert.Equal(point == "import-after-commit" ? "completed" : "running", await database.ScalarAsync<string>($"SELECT status FROM imports WHERE id = '{imports.Keys.Last()}'"));
        }

        await using var last = await ServiceProcess.StartAsync(database.ConnectionString, folder, fault: null, web.Allowed());
        await EndedAsync(database, imports.Count);
        foreach (var (id, bytes) in imports)
        {
            var import = await last.GetAsync<ImportObject>($"/v1/imports/{id}");
            Assert.Equal(("completed", bytes.Length), (import.Status, (int)import.Progress.Bytes));
            Assert.Equal(bytes, await last.ContentAsync(Assert.Single(import.Files)));
        }

        Assert.Equal(imports.Count, await database.ScalarAsync<long>("SELECT count(*) FROM files"));
        await Eventually.True(() => Directory.GetFiles(Path.Combine(folder, "incoming")).Length == 0, because: "no temporary file is left");
        Assert.Equal(imports.Count, Directory.GetFiles(Path.Combine(folder, "objects"), "*", SearchOption.AllDirectories).Length);
    }

    private static Task EndedAsync(TestDatabase database, long count) =>
        Eventually.Equal(count, () => database.ScalarAsync<long>("SELECT count(*) FROM imports WHERE status = 'completed'"), TimeSpan.FromSeconds(60));
}

using System.Security.Cryptography;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Uploads;

/// <summary>A file in parts whose process is killed with SIGKILL: what was answered is there, and the next process goes on with it.</summary>
public class KilledUploadTests
{
    private static readonly string[] PartPoints = ["part-sealed", "part-after-rename", "part-after-commit"];
    private static readonly string[] CompletePoints = ["complete-joined", "complete-after-rename", "complete-before-commit", "complete-after-commit"];

    [Fact]
    public async Task An_upload_is_completed_after_a_kill_at_every_point_of_a_part_and_of_its_completion_without_sending_what_was_answered()
    {
        await using var database = await TestDatabase.CreateAsync("datasets");
        await DatasetsService.MigrateAsync(database.ConnectionString);
        var folder = TestFolder.Create("datasets");
        var expected = new List<string>();
        Func<ServiceProcess, Task> recover = _ => Task.CompletedTask;
        foreach (var point in PartPoints.Concat(CompletePoints))
        {
            // Each process first goes on with what the one before was killed at: that passes the point once.
            var isPart = PartPoints.Contains(point);
            var visits = !isPart ? 2 : expected.Count == 0 ? 3 : 4;
            await using var process = await ServiceProcess.StartAsync(database.ConnectionString, folder, $"{point}:{visits}:kill");
            await recover(process);
            var parts = Enumerable.Range(0, 3).Select(_ => RandomNumberGenerator.GetBytes(700_000)).ToArray();
            byte[] whole = [.. parts[0], .. parts[1], .. parts[2]];
            expected.Add(Convert.ToHexStringLower(SHA256.HashData(whole)));
            var upload = (await process.PostAsync<UploadObject>("/v1/uploads", new CreateUploadRequest { Filename = "parts.jsonl", Purpose = "fine-tune", Bytes = whole.Length })).Id;
            var ids = new List<string> { (await process.AddPartAsync(upload, parts[0])).Id, (await process.AddPartAsync(upload, parts[1])).Id };
            if (isPart)
            {
                await Assert.ThrowsAnyAsync<HttpRequestException>(() => process.AddPartAsync(upload, parts[2]));
                recover = async next =>
                {
                    ids.Add((await next.AddPartAsync(upload, parts[2])).Id);
                    var file = (await next.PostAsync<UploadObject>($"/v1/uploads/{upload}/complete", new { part_ids = ids })).File!;
                    Assert.Equal(whole, await next.ContentAsync(file.Id));
                };
            }
            else
            {
                ids.Add((await process.AddPartAsync(upload, parts[2])).Id);
                await Assert.ThrowsAnyAsync<HttpRequestException>(() => process.PostAsync($"/v1/uploads/{upload}/complete", new { part_ids = ids }));
                recover = async next =>
                {
                    using var again = await next.PostAsync($"/v1/uploads/{upload}/complete", new { part_ids = ids });
                    Assert.Equal(point == "complete-after-commit" ? 400 : 200, (int)again.StatusCode);
                };
            }

            await process.KilledAsync();
        }

        await using var last = await ServiceProcess.StartAsync(database.ConnectionString, folder, fault: null);
        await recover(last);
        var files = (await last.GetAsync<FileList>("/v1/files?order=asc")).Data;
        Assert.Equal(expected.Count, files.Count);
        for (var i = 0; i < files.Count; i++)
            Assert.Equal(expected[i], Convert.ToHexStringLower(SHA256.HashData(await last.ContentAsync(files[i].Id))));
        await Eventually.True(() => Directory.GetFiles(Path.Combine(folder, "incoming")).Length == 0, because: "no temporary file is left");
    }
}

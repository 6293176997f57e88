using System.Net;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Fuzzing;

/// <summary>Damaged files: `./bench fuzz` tries 100,000 of them and more; here are the first.</summary>
public sealed class FuzzTests
{
    private const int Files = 2_000;
    private const int FilesOverHttp = 60;

    [Fact]
    public async Task Each_of_2000_mutated_files_is_accepted_or_refused_in_time_and_leaves_nothing()
    {
        var pipeline = new FuzzedPipeline(TestFolder.Create("fuzz"));
        var accepted = 0;
        await Parallel.ForAsync(0, Files, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (number, _) =>
        {
            if (await pipeline.RunAsync(number))
                Interlocked.Increment(ref accepted);
        });
        Assert.Equal(0, pipeline.LeftBehind());
        // Both verdicts must come, or the mutations say nothing.
        Assert.InRange(accepted, Files / 50, Files * 9 / 10);
    }

    [Fact]
    public void A_number_gives_one_file() => Assert.Equal(Mutations.Create(7).File, Mutations.Create(7).File);

    [Fact]
    public async Task A_mutated_file_over_the_API_ends_in_a_verdict_never_in_a_5xx_and_a_rejected_one_leaves_nothing()
    {
        await using var service = await DatasetsService.StartAsync();
        var rejected = 0;
        for (var number = Files; number < Files + FilesOverHttp; number++)
        {
            var (method, bytes) = Mutations.Create(number);
            var (files, objects) = (await FilesAsync(service), service.Objects().Length);
            var file = await service.UploadAsync(bytes);
            var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", new { name = $"fuzz {number}", file = file.Id, method = method.ToString().ToLowerInvariant() });
            Assert.True(status == HttpStatusCode.OK, $"{number}: {body}");
            var id = JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
            var version = await Eventually.Value(
                async () => (await service.GetAsync<DatasetObject>($"/v1/datasets/{id}")).LatestVersion, version => version.Status != DatasetVersion.Validating, TimeSpan.FromSeconds(60), $"file {number} has a verdict");
            var report = await service.SendAsync(HttpMethod.Get, $"/v1/datasets/{id}/versions/1/report");
            Assert.True(report.Status == HttpStatusCode.OK, $"{number}: {report.Body}");
            if (version.Status == DatasetVersion.Validated)
                continue;
            rejected++;
            Assert.False(string.IsNullOrWhiteSpace(version.Error?.Message), $"{number} is rejected without a word");
            Assert.Equal((files + 1, objects + 1), (await FilesAsync(service), service.Objects().Length));
            Assert.Equal(HttpStatusCode.OK, (await service.SendAsync(HttpMethod.Delete, $"/v1/files/{file.Id}")).Status);
            Assert.Equal((files, objects), (await FilesAsync(service), service.Objects().Length));
            Assert.Empty(service.Incoming());
        }

        Assert.InRange(rejected, 1, FilesOverHttp - 1);
    }

    private static Task<long> FilesAsync(DatasetsService service) => service.Database.ScalarAsync<long>("SELECT count(*) FROM files");
}

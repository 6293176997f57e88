using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Catalog;

public sealed class BaseModelFitTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private const string Named = """{"messages":[{"role":"user","name":"ann","content":"Who?"},{"role":"assistant","content":"You."}]}""";
    private static readonly SplitRequest AllForTraining = new() { Train = 1, Validation = 0, Test = 0 };

    private static byte[] File(params IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private static string Lengthy(int numbers) => $$"""{"messages":[{"role":"user","content":"{{string.Concat(Enumerable.Range(0, numbers).Select(n => $"{n} zebras. "))}}"},{"role":"assistant","content":"a"}]}""";

    private async Task<DatasetVersionObject> EndedAsync(DatasetsService at, string dataset, int number = 1) => await Eventually.Value(
        () => at.GetAsync<DatasetVersionObject>($"/v1/datasets/{dataset}/versions/{number}"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");

    private async Task<DatasetVersionObject> CreateAsync(DatasetsService at, CreateDatasetRequest request)
    {
        var (status, body) = await at.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.True(status == HttpStatusCode.OK, body);
        return await EndedAsync(at, JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id);
    }

    [Fact]
    public async Task What_a_local_base_refuses_is_told_by_part_and_by_line()
    {
        var (file, validation) = ((await service.UploadAsync([.. ChatFiles.Lines(10), .. File(Lengthy(200), Named)])).Id, (await service.UploadAsync(ChatFiles.Lines(3, first: 100))).Id);
        var version = await CreateAsync(service, new CreateDatasetRequest { Name = "fit", File = file, ValidationFile = validation, BaseModel = "base-1m", Split = AllForTraining });

        Assert.Equal(("validated", "base-1m"), (version.Status, version.BaseModel));
        Assert.Equal(("base-1m", "local", 512, "refused", 10), (version.Fit!.Model, version.Fit.Provider, version.Fit.TokensPerExample, version.Fit.LongerExamples, version.Fit.MinExamples));
        Assert.Equal((new FittingExamples(10, 0, 0, 1, 1), new FittingExamples(3, 0, 0, 0, 0), null), (version.Fit.Training, version.Fit.Validation, version.Fit.Test));
        Assert.Equal(["base_model_refuses", "base_model_unsupported"], version.Fit.Problems.Select(problem => problem.Code));

        var report = await service.GetAsync<DatasetReport>($"/v1/datasets/{version.DatasetId}/versions/1/report");
        Assert.Equal(
            [(11, "base_model_refuses"), (12, "base_model_unsupported"), (null, "base_model_refuses"), (null, "base_model_unsupported")],
            report.Problems.Where(problem => problem.Code.StartsWith("base_model", StringComparison.Ordinal)).Select(problem => (problem.Line, problem.Code)));
        // The route that counts every model says the same.
        var model = (await service.GetAsync<DatasetTokens>($"/v1/datasets/{version.DatasetId}/versions/1/tokens?model=base-1m")).Models.Single();
        Assert.Equal((version.Fit.Training, version.Fit.Validation), (model.Training, model.Validation));
        Assert.Equal(version.Fit.Problems.Select(problem => problem.Message), model.Problems);
    }

    [Fact]
    public async Task An_answer_that_would_be_cut_off_is_told_from_an_end_that_would()
    {
        // 23 tokens; the answer ends at 20 (see TokenReportTests).
        const string Line23 = """{"messages":[{"role":"user","content":"tiktoken is great!"},{"role":"assistant","content":"tiktoken is great!"}]}""";
        foreach (var (limit, cutOff) in new[] { (20, 0), (19, 1) })
        {
            var path = Path.Combine(TestFolder.Create("base-models"), "base-models.json");
            var catalog = System.Text.Json.Nodes.JsonNode.Parse(await System.IO.File.ReadAllTextAsync(Pricing.BaseModelCatalog.ShippedPath, TestContext.Current.CancellationToken))!;
            catalog["models"]![2]!["limits"]!["tokens_per_example"] = limit;
            await System.IO.File.WriteAllTextAsync(path, catalog.ToJsonString(), TestContext.Current.CancellationToken);
            await using var limited = await DatasetsService.StartAsync(("BaseModels:Path", path));
            var file = await limited.UploadAsync([.. ChatFiles.Lines(10), .. File(Line23)]);
            var version = await CreateAsync(limited, new CreateDatasetRequest { Name = "cut", File = file.Id, BaseModel = catalog["models"]![2]!["id"]!.GetValue<string>(), Split = AllForTraining });
            Assert.Equal(new FittingExamples(10, 1, cutOff, 0, 0), version.Fit!.Training);
            var warning = (await limited.GetAsync<DatasetReport>($"/v1/datasets/{version.DatasetId}/versions/1/report")).Problems.Single(problem => problem.Line == 11);
            Assert.Equal($"The example has 23 tokens on {version.BaseModel}, more than {limit}, and loses its end{(cutOff == 1 ? ": part or all of an answer. Shorten the example." : "; its answers stay whole.")}", warning.Message);
        }
    }

    [Fact]
    public async Task A_version_of_a_parent_keeps_its_base_model_and_method_or_names_another_model()
    {
        var file = await service.UploadAsync(ChatFiles.Lines(20));
        var first = await CreateAsync(service, new CreateDatasetRequest { Name = "kept", File = file.Id, BaseModel = "gpt-4o-mini-2024-07-18" });
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{first.DatasetId}/versions", new CreateDatasetVersionRequest { Parent = 1 });
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Equal(("gpt-4o-mini-2024-07-18", 16, "supervised"), ((await EndedAsync(service, first.DatasetId, 2)).Fit!.Model, (await EndedAsync(service, first.DatasetId, 2)).Fit!.Training!.Kept, (await EndedAsync(service, first.DatasetId, 2)).Method));
        await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{first.DatasetId}/versions", new CreateDatasetVersionRequest { Parent = 1, BaseModel = "base-1m" });
        Assert.Equal("base-1m", (await EndedAsync(service, first.DatasetId, 3)).Fit!.Model);
        (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{first.DatasetId}/versions", new CreateDatasetVersionRequest { Parent = 1, Method = "dpo" });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("\"method\"", body);
    }

    [Fact]
    public async Task Every_dialect_exports_the_parts_bytes_and_only_Azures_begins_with_a_mark()
    {
        var file = await service.UploadAsync(ChatFiles.Lines(40));
        var version = await CreateAsync(service, new CreateDatasetRequest { Name = "faq é", File = file.Id, Split = new SplitRequest { Train = 0.8, Validation = 0.2, Test = 0 } });
        var url = $"/v1/datasets/{version.DatasetId}/versions/1/export";
        foreach (var (part, id) in new[] { ("training", version.TrainingFile!), ("validation", version.ValidationFile!) })
        {
            var bytes = await service.ContentAsync(id);
            foreach (var (dialect, mark, name) in new[] { ("openai", Array.Empty<byte>(), ""), ("local", [], ""), ("azure", [0xEF, 0xBB, 0xBF], "-azure") })
            {
                using var answer = await service.First.GetAsync($"{url}?part={part}&dialect={dialect}", TestContext.Current.CancellationToken);
                byte[] expected = [.. mark, .. bytes];
                Assert.Equal(expected, await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
                Assert.Equal((mark.Length + bytes.Length, "application/jsonl"), (answer.Content.Headers.ContentLength, answer.Content.Headers.ContentType!.MediaType));
                Assert.Equal($"faq é-v1-{part}{name}.jsonl", answer.Content.Headers.ContentDisposition!.FileNameStar);
            }
        }

        foreach (var (query, status) in new[] { ("?part=test", HttpStatusCode.NotFound), ("?part=all", HttpStatusCode.BadRequest), ("?dialect=vertex", HttpStatusCode.BadRequest) })
            Assert.Equal(status, (await service.SendAsync(HttpMethod.Get, url + query)).Status);
        var unknown = await service.SendAsync(HttpMethod.Get, "/v1/datasets/unknown-id/versions/1/export", client: service.Second);
        Assert.Equal((HttpStatusCode.NotFound, unknown.Body.Replace("unknown-id", version.DatasetId)), await service.SendAsync(HttpMethod.Get, url, client: service.Second));
        await service.SendAsync(HttpMethod.Delete, $"/v1/files/{version.TrainingFile}");
        Assert.Equal(HttpStatusCode.Conflict, (await service.SendAsync(HttpMethod.Get, url)).Status);
    }

    [Fact]
    public async Task A_rejected_version_has_nothing_to_export()
    {
        var version = await CreateAsync(service, new CreateDatasetRequest { Name = "few", File = (await service.UploadAsync(ChatFiles.Lines(3))).Id, BaseModel = "base-1m" });
        Assert.Null(version.Fit);
        Assert.Equal(HttpStatusCode.Conflict, (await service.SendAsync(HttpMethod.Get, $"/v1/datasets/{version.DatasetId}/versions/1/export")).Status);
    }
}

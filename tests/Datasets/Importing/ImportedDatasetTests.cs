using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Importing;

/// <summary>From a file of another form to a dataset's split files, through the service.</summary>
public sealed class ImportedDatasetTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private async Task<DatasetVersionObject> CreateAsync(CreateDatasetRequest request)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.True(status == HttpStatusCode.OK, body);
        var id = JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
        return await Eventually.Value(
            () => service.GetAsync<DatasetVersionObject>($"/v1/datasets/{id}/versions/1"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");
    }

    private Task<DatasetReport> ReportAsync(DatasetVersionObject version) => service.GetAsync<DatasetReport>($"/v1/datasets/{version.DatasetId}/versions/1/report");

    private async Task<string[]> LinesAsync(string? file) => Encoding.UTF8.GetString(await service.ContentAsync(file!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task A_table_becomes_chat_examples_whose_groups_are_not_split()
    {
        var table = "topic,question,reply\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"t{i / 3},\"What, is {i}?\",It is {i}.\n"));
        var file = await service.UploadAsync(Encoding.UTF8.GetBytes(table), "faq.csv");
        var version = await CreateAsync(new CreateDatasetRequest
        {
            Name = "faq", File = file.Id, Split = new SplitRequest { Train = 0.6, Validation = 0.2, Test = 0.2, Seed = 3 },
            Import = new ImportRequest { Template = new ImportTemplate { User = "{topic}: {question}", Assistant = "{reply}" }, Group = "topic" },
        });

        Assert.Equal(("validated", "template", 60, 20), (version.Status, version.Format, version.Examples, version.Groups));
        var parts = new[] { await LinesAsync(version.TrainingFile), await LinesAsync(version.ValidationFile), await LinesAsync(version.TestFile) };
        Assert.Equal(60, parts.Sum(part => part.Length));
        var topics = parts.Select(part => part.Select(line => line.Split("\"content\":\"")[1].Split(':')[0]).ToHashSet()).ToArray();
        Assert.Equal(20, topics.Sum(part => part.Count));
        Assert.All(topics, part => Assert.True(part.Count >= 3));
    }

    [Fact]
    public async Task A_problem_names_the_row_it_came_from()
    {
        var file = await service.UploadAsync(Encoding.UTF8.GetBytes("prompt,completion\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"q{i},a{i}\n")) + "q12,\n"), "pairs.csv");
        var version = await CreateAsync(new CreateDatasetRequest { Name = "pairs", File = file.Id });
        Assert.Equal(("rejected", new DatasetError("invalid_training_file", "Training file: Line 14, completion: 'completion' must be a text that is not empty.", 14)), (version.Status, version.Error));
    }

    [Theory]
    [InlineData("""{"format":"yaml"}""")]
    [InlineData("""{"format":"template"}""")]
    [InlineData("""{"format":"alpaca","template":{"user":"{a}","assistant":"{b}"}}""")]
    [InlineData("""{"template":{"user":"{","assistant":"{b}"}}""")]
    public async Task A_bad_import_is_refused_at_once(string import)
    {
        var file = await service.UploadAsync("a,b\n1,2\n"u8.ToArray(), "t.csv");
        using var answer = await service.First.PostAsync("/v1/datasets", new StringContent($$"""{"name":"x","file":"{{file.Id}}","import":{{import}}}""", Encoding.UTF8, "application/json"));
        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((HttpStatusCode.BadRequest, "import"), (answer.StatusCode, error.RootElement.GetProperty("error").GetProperty("param").GetString()));
    }

    /// <summary>With the files of github.com/zhongwanjun/AR-LSAT at 41f78ca, in the folder that AR_LSAT names.</summary>
    [Fact]
    public async Task AR_LSAT_becomes_a_jobs_files_with_no_passage_in_two_of_them()
    {
        var folder = Environment.GetEnvironmentVariable("AR_LSAT");
        Assert.SkipWhen(folder is null, "AR_LSAT names no folder with AR_TrainingData.json and AR_DevelopmentData.json.");
        var training = await service.UploadAsync(await File.ReadAllBytesAsync(Path.Combine(folder!, "AR_TrainingData.json"), TestContext.Current.CancellationToken), "AR_TrainingData.json");
        var development = await service.UploadAsync(await File.ReadAllBytesAsync(Path.Combine(folder!, "AR_DevelopmentData.json"), TestContext.Current.CancellationToken), "AR_DevelopmentData.json");

        var version = await CreateAsync(new CreateDatasetRequest { Name = "ar-lsat", File = training.Id });
        Assert.Equal(("validated", "ar_lsat", 1630, 385_960L, 273), (version.Status, version.Format, version.Examples, version.Tokens, version.Groups));
        // 275 texts under 280 ids, and two of the texts are nearly those of others.
        var report = await ReportAsync(version);
        Assert.Equal(45, report.Problems.Count(problem => problem.Code == "few_options"));
        Assert.Equal(433, report.Tokens!.Max);
        static string Passage(string line) => JsonDocument.Parse(line).RootElement.GetProperty("messages")[1].GetProperty("content").GetString()!.Split("\nQuestion: ")[0];
        var parts = new[] { await LinesAsync(version.TrainingFile), await LinesAsync(version.ValidationFile), await LinesAsync(version.TestFile) };
        Assert.Equal(1630, parts.Sum(part => part.Length));
        Assert.Equal(275, parts.Sum(part => part.Select(Passage).Distinct().Count()));

        var tested = await CreateAsync(new CreateDatasetRequest { Name = "ar-lsat development", File = development.Id, Split = new SplitRequest { Train = 1, Validation = 0, Test = 0 } });
        Assert.Equal((231, 56_996L, 470), (tested.Examples, tested.Tokens, (await ReportAsync(tested)).Tokens!.Max));

        var both = await CreateAsync(new CreateDatasetRequest { Name = "ar-lsat for a job", File = training.Id, ValidationFile = development.Id, Split = new SplitRequest { Train = 1, Validation = 0, Test = 0 } });
        Assert.Equal(("validated", new SplitCounts(1630, 231, 0)), (both.Status, both.SplitCounts));
    }
}

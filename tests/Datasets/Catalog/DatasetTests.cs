using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Catalog;

public class DatasetTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private async Task<DatasetObject> CreateAsync(CreateDatasetRequest request)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Contains("\"status\":\"validating\"", body);
        return JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!;
    }

    private Task<DatasetVersionObject> EndedAsync(string id) => Eventually.Value(
        () => service.GetAsync<DatasetVersionObject>($"/v1/datasets/{id}/versions/1"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");

    private Task<DatasetReport> ReportAsync(string id) => service.GetAsync<DatasetReport>($"/v1/datasets/{id}/versions/1/report");

    private async Task<string[]> LinesAsync(string? file) => file is null ? [] : Encoding.UTF8.GetString(await service.ContentAsync(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task A_file_becomes_three_split_files_that_hold_each_line_once()
    {
        await using var bus = await Listener.StartAsync(service.Bus);
        byte[] source = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(ChatFiles.Lines(100)).Replace("\n", "\r\n")), (byte)'\n'];
        var file = await service.UploadAsync(source);
        var dataset = await CreateAsync(new CreateDatasetRequest { Name = "intents", File = file.Id, Split = new SplitRequest { Seed = 7 } });
        var version = await EndedAsync(dataset.Id);

        Assert.Equal(("validated", 100, new SplitCounts(80, 10, 10)), (version.Status, version.Examples, version.SplitCounts));
        var (train, validation, test) = (await LinesAsync(version.TrainingFile), await LinesAsync(version.ValidationFile), await LinesAsync(version.TestFile));
        Assert.Equal((80, 10, 10), (train.Length, validation.Length, test.Length));
        Assert.Equal(Enumerable.Range(1, 100).Select(ChatFiles.Line).Order(), train.Concat(validation).Concat(test).Order());
        Assert.Equal("intents-v1-training.jsonl", (await service.GetAsync<FileObject>($"/v1/files/{version.TrainingFile}")).Filename);

        var report = await ReportAsync(dataset.Id);
        Assert.Equal(("validated", 101, 100, 2), (report.Status, report.Lines, report.Examples, report.ProblemCount));
        Assert.Equal(["warning byte_order_mark - -", "warning blank_line - -"], report.Problems.Select(ChatFiles.Brief));
        Assert.Equal(FileValidation.Distribution([await ChatFiles.ValidateAsync(ChatFiles.Lines(100))]), report.Tokens);
        var expected = new DatasetVersionValidated(dataset.Id, 1, "first", version.TrainingFile, version.ValidationFile, version.TestFile, 100, version.Tokens!.Value);
        Assert.Equal(expected, await bus.OneAsync<DatasetVersionValidated>(message => message.DatasetId == dataset.Id));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        var file = await service.UploadAsync(ChatFiles.Lines(50));
        async Task<string[]> SplitAsync(int seed) =>
            await LinesAsync((await EndedAsync((await CreateAsync(new CreateDatasetRequest { Name = "s", File = file.Id, Split = new SplitRequest { Seed = seed } })).Id)).TestFile);

        var first = await SplitAsync(1);
        Assert.Equal(first, await SplitAsync(1));
        Assert.NotEqual(first, await SplitAsync(2));
    }

    [Fact]
    public async Task Own_validation_and_test_files_are_taken_as_they_are()
    {
        var (source, validation, test) = (await service.UploadAsync(ChatFiles.Lines(20)), await service.UploadAsync(ChatFiles.Lines(5, first: 20)), await service.UploadAsync(ChatFiles.Lines(4, first: 40)));
        var dataset = await CreateAsync(new CreateDatasetRequest
        {
            Name = "own", File = source.Id, ValidationFile = validation.Id, TestFile = test.Id, Leakage = new LeakageRequest { Allow = true, Reason = "One line is in both." },
        });
        var version = await EndedAsync(dataset.Id);

        Assert.Equal(new SplitCounts(20, 5, 4), version.SplitCounts);
        Assert.Equal(ChatFiles.Lines(20), await service.ContentAsync(version.TrainingFile!));
        Assert.Equal(ChatFiles.Lines(5, first: 20), await service.ContentAsync(version.ValidationFile!));
        Assert.Equal(ChatFiles.Lines(4, first: 40), await service.ContentAsync(version.TestFile!));
        var overlap = Assert.Single((await ReportAsync(dataset.Id)).Problems);
        Assert.Equal(("leakage", 1, validation.Id), (overlap.Code, overlap.Line, overlap.File));
    }

    [Fact]
    public async Task A_bad_file_is_rejected_with_a_report_of_every_problem()
    {
        await using var bus = await Listener.StartAsync(service.Bus);
        var file = await service.UploadAsync(ChatFiles.WithTenth("""{"messages":[{"role":"human","content":"q"},{"role":"assistant","content":" "}]}"""u8));
        var dataset = await CreateAsync(new CreateDatasetRequest { Name = "bad", File = file.Id });
        var version = await EndedAsync(dataset.Id);

        const string Roles = "'system', 'developer', 'user', 'assistant', 'tool' or 'function'";
        var error = new DatasetError("invalid_training_file", $"Training file: Line 10, messages[0].role: 'human' is not a role; it must be {Roles}. (2 errors in all)", 10);
        Assert.Equal(("rejected", error, null, null), (version.Status, version.Error, version.TrainingFile, version.SplitCounts));
        var report = await ReportAsync(dataset.Id);
        Assert.Equal(("rejected", 10, 9, 2), (report.Status, report.Lines, report.Examples, report.ProblemCount));
        Assert.Equal(
            [
                new DatasetProblem(10, 0, "messages[0].role", "error", "unknown_role", $"'human' is not a role; it must be {Roles}."),
                new DatasetProblem(10, 1, "messages[1].content", "error", "blank_assistant_content", "The assistant's answer is blank: the model would learn to say nothing."),
            ],
            report.Problems);
        Assert.Equal(
            new DatasetVersionRejected(dataset.Id, 1, "first", error.Code, error.Message, 10),
            await bus.OneAsync<DatasetVersionRejected>(message => message.DatasetId == dataset.Id));
    }

    [Fact]
    public async Task Nine_examples_are_rejected_and_ten_warn_of_a_small_training_part()
    {
        var nine = await service.UploadAsync(ChatFiles.Lines(9));
        var rejected = await EndedAsync((await CreateAsync(new CreateDatasetRequest { Name = "nine", File = nine.Id })).Id);
        Assert.Equal(new DatasetError("invalid_n_examples", "Training file has 9 example(s), but must have at least 10 examples", null), rejected.Error);

        var ten = await service.UploadAsync(ChatFiles.Lines(10));
        var dataset = await CreateAsync(new CreateDatasetRequest { Name = "ten", File = ten.Id });
        Assert.Equal(new SplitCounts(8, 1, 1), (await EndedAsync(dataset.Id)).SplitCounts);
        Assert.Equal(["warning small_training_split - -"], (await ReportAsync(dataset.Id)).Problems.Select(ChatFiles.Brief));
    }

    [Fact]
    public async Task A_version_whose_file_was_deleted_meanwhile_is_rejected_naming_it()
    {
        await using var db = DatasetsService.Context(service.Database.ConnectionString);
        var dataset = Dataset.Create("first", "gone", TimeProvider.System);
        dataset.Versions.Add(DatasetVersion.OfFiles(dataset, 1, "file-gone", new CreateDatasetVersionRequest(), author: null, TimeProvider.System));
        db.Add(dataset);
        await db.SaveChangesAsync();
        var version = await EndedAsync(dataset.Id);

        Assert.Equal(("rejected", "invalid_training_file"), (version.Status, version.Error!.Code));
        Assert.Contains("file-gone", version.Error.Message);
    }

    [Theory]
    [InlineData("""{"name":"x","file":"file-unknown"}""", "file")]
    [InlineData("""{"name":"","file":"FILE"}""", "name")]
    [InlineData("""{"name":"x","file":"FILE","validation_file":"file-unknown"}""", "validation_file")]
    [InlineData("""{"name":"x","file":"FILE","split":{"train":0.5,"validation":0.1,"test":0.1}}""", "split")]
    [InlineData("""{"name":"x","file":"FILE","split":{"train":0,"validation":0.5,"test":0.5}}""", "split")]
    [InlineData("""{"name":"x","file":"FILE","split":{"train":-1,"validation":1,"test":1}}""", "split")]
    [InlineData("""{"name":"a\u0000b","file":"FILE"}""", "name")]
    [InlineData("""{"name":"x"}""", null)]
    [InlineData("""{"name":"x","file":"FILE","project":"second"}""", "project")]
    public async Task A_bad_request_is_refused_naming_the_field(string body, string? param)
    {
        var file = await service.UploadAsync(ChatFiles.Lines(10));
        using var answer = await service.First.PostAsync("/v1/datasets", new StringContent(body.Replace("FILE", file.Id), Encoding.UTF8, "application/json"));
        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        if (param is not null)
            Assert.Equal(param, error.RootElement.GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Another_projects_ids_answer_exactly_as_unknown_ones()
    {
        var file = await service.UploadAsync(ChatFiles.Lines(10));
        var dataset = await CreateAsync(new CreateDatasetRequest { Name = "mine", File = file.Id });
        await EndedAsync(dataset.Id);
        foreach (var (method, url, id) in new[]
        {
            (HttpMethod.Get, "/v1/files/{0}", file.Id), (HttpMethod.Get, "/v1/files/{0}/content", file.Id), (HttpMethod.Delete, "/v1/files/{0}", file.Id),
            (HttpMethod.Get, "/v1/datasets/{0}", dataset.Id), (HttpMethod.Get, "/v1/datasets/{0}/versions/1", dataset.Id), (HttpMethod.Get, "/v1/datasets/{0}/versions/1/report", dataset.Id),
            (HttpMethod.Get, "/v1/datasets/{0}/versions/1/tokens", dataset.Id),
        })
        {
            var others = await service.SendAsync(method, string.Format(url, id), client: service.Second);
            var unknown = await service.SendAsync(method, string.Format(url, "unknown-id"), client: service.Second);
            Assert.Equal((HttpStatusCode.NotFound, unknown.Body.Replace("unknown-id", id)), others);
            foreach (var key in new[] { null, "wrong" })
            {
                using var stranger = service.Client(key);
                Assert.Equal(HttpStatusCode.Unauthorized, (await service.SendAsync(method, string.Format(url, id), client: stranger)).Status);
            }
        }

        var used = await service.SendAsync(HttpMethod.Post, "/v1/datasets", new CreateDatasetRequest { Name = "x", File = file.Id }, service.Second);
        Assert.Equal(HttpStatusCode.BadRequest, used.Status);
        Assert.DoesNotContain(dataset.Id, (await service.SendAsync(HttpMethod.Get, "/v1/datasets", client: service.Second)).Body);
        Assert.DoesNotContain(file.Id, (await service.SendAsync(HttpMethod.Get, "/v1/files", client: service.Second)).Body);
        Assert.Equal(ChatFiles.Lines(10), await service.ContentAsync(file.Id));
    }
}

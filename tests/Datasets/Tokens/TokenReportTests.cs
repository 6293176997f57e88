using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Pricing;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Tests.Tokens;

public class TokenReportTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    /// <summary>3 + 2 × (3 + 1 + 6) = 23 tokens in both of OpenAI's vocabularies; the answer ends at 20.</summary>
    private const string Line23 = """{"messages":[{"role":"user","content":"tiktoken is great!"},{"role":"assistant","content":"tiktoken is great!"}]}""";

    private static byte[] File(params IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private static async Task<DatasetVersionObject> VersionAsync(DatasetsService service, byte[] training, byte[]? validation = null, SplitRequest? split = null)
    {
        var (file, second) = ((await service.UploadAsync(training)).Id, validation is null ? null : (await service.UploadAsync(validation)).Id);
        var request = new CreateDatasetRequest { Name = "tokens", File = file, ValidationFile = second, Split = split ?? new SplitRequest { Train = 1, Validation = 0, Test = 0 } };
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.True(status == HttpStatusCode.OK, body);
        var id = JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
        return await Eventually.Value(
            () => service.GetAsync<DatasetVersionObject>($"/v1/datasets/{id}/versions/1"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");
    }

    private static string Url(DatasetVersionObject version) => $"/v1/datasets/{version.DatasetId}/versions/{version.Version}/tokens";

    private static string? Code(string body) => JsonNode.Parse(body)!["error"]!["code"]?.GetValue<string>();

    [Fact]
    public async Task Ten_examples_of_23_tokens_cost_what_a_hand_calculates()
    {
        var version = await VersionAsync(service, File(Enumerable.Repeat(Line23, 10)), ChatFiles.Lines(2));
        var report = await service.GetAsync<DatasetTokens>(Url(version));

        Assert.Equal((version.TrainingFile, 10, new TokenDistribution(20, 2, 2, 2, 2, 2)), (report.Training!.File, report.Training.Examples, report.Training.Turns));
        Assert.Equal(new EncodingTokens("o200k_base", 230, 23, 23, 23, 23, 23), report.Training.Tokens.Single(tokens => tokens.Encoding == "o200k_base"));
        Assert.Equal(new EncodingTokens("cl100k_base", 230, 23, 23, 23, 23, 23), report.Training.Tokens.Single(tokens => tokens.Encoding == "cl100k_base"));
        Assert.Equal((version.ValidationFile, 2, (PartTokens?)null), (report.Validation!.File, report.Validation.Examples, report.Test));
        Assert.Equal(("2026-11-22", "USD"), (report.PricesAsOf, report.Currency));
        Assert.Equal(BaseModelCatalog.Load().Models.Select(model => model.Id), report.Models.Select(model => model.Id));

        // 100 / 10 = 10 epochs; 2,300 tokens at 5.00 a million. The two validation examples cost nothing.
        var mini = report.Models.Single(model => model.Id == "gpt-4.1-mini-2025-04-14");
        Assert.Equal((10, 230, 2_300, 5.00m, 0.0115m), (mini.NEpochs, mini.TokensPerEpoch, mini.BilledTokens, mini.TrainingPrice, mini.Cost));
        Assert.Equal((new FittingExamples(10, 0, 0, 0, 0), new FittingExamples(2, 0, 0, 0, 0)), (mini.Training, mini.Validation));
        Assert.Equal((0.0575m, 0.0069m), (report.Models.Single(model => model.Id == "gpt-4o-2024-08-06").Cost, report.Models.Single(model => model.Id == "gpt-4o-mini-2024-07-18").Cost));

        // begin + 2 × (role + text + end), and 6 + 1,800 / 10 epochs of which 30 are the most.
        var local = report.Models.Single(model => model.Id == "base-1m");
        var text = LocalModel.Tokenizer.Load(Path.Combine(AppContext.BaseDirectory, "data", "tokenizers", "base-1m.json")).Encode("tiktoken is great!").Length;
        Assert.Equal((30, 10 * (5L + 2 * text), 0m), (local.NEpochs, local.TokensPerEpoch, local.Cost));
        Assert.Empty(local.Problems);

        var gone = report.Models.Single(model => model.Id == "gpt-3.5-turbo-0125");
        Assert.Equal((false, "2026-10-23", 0.0184m), (gone.Trainable, gone.TrainingEnds, gone.Cost));
        Assert.Equal(["The provider takes no new jobs for this model since 2026-10-23."], gone.Problems);
        var hourly = report.Models.Single(model => model.Id == "o4-mini-2025-04-16");
        Assert.Equal((null, null, 2_300), (hourly.TrainingPrice, hourly.Cost, hourly.BilledTokens));
        Assert.Contains(hourly.Problems, problem => problem.Contains("reinforcement only"));
    }

    [Fact]
    public async Task Counts_equal_those_of_the_validation()
    {
        var lines = await ChatFiles.ValidateAsync(ChatFiles.Lines(60));
        var version = await VersionAsync(service, ChatFiles.Lines(60), split: new SplitRequest { Seed = 3 });
        var report = await service.GetAsync<DatasetTokens>(Url(version));

        PartTokens[] parts = [report.Training!, report.Validation!, report.Test!];
        Assert.Equal([48, 6, 6], parts.Select(part => part.Examples));
        Assert.Equal(lines.Tokens, parts.Sum(part => part.Tokens.Single(tokens => tokens.Encoding == "o200k_base").Total));
        foreach (var part in parts)
        {
            var alone = FileValidation.Distribution([await ChatFiles.ValidateAsync(await service.ContentAsync(part.File))])!;
            Assert.Equal(new EncodingTokens("o200k_base", alone.Total, alone.Min, alone.P5, alone.P50, alone.P95, alone.Max), part.Tokens.Single(tokens => tokens.Encoding == "o200k_base"));
        }
    }

    [Fact]
    public async Task A_second_call_reads_no_file()
    {
        var version = await VersionAsync(service, ChatFiles.Lines(12));
        var first = await service.SendAsync(HttpMethod.Get, Url(version));
        await service.SendAsync(HttpMethod.Delete, $"/v1/files/{version.TrainingFile}");
        Assert.Equal(first, await service.SendAsync(HttpMethod.Get, Url(version)));
        Assert.Equal(HttpStatusCode.OK, first.Status);
    }

    [Fact]
    public async Task One_model_is_shown_alone_and_an_unknown_one_refused()
    {
        var version = await VersionAsync(service, ChatFiles.Lines(12));
        Assert.Equal(["base-1m"], (await service.GetAsync<DatasetTokens>(Url(version) + "?model=base-1m")).Models.Select(model => model.Id));

        var (status, body) = await service.SendAsync(HttpMethod.Get, Url(version) + "?model=gpt-9");
        Assert.Equal((HttpStatusCode.BadRequest, "model"), (status, JsonNode.Parse(body)!["error"]!["param"]!.GetValue<string>()));
    }

    [Fact]
    public async Task What_a_local_base_refuses_and_cannot_learn_is_told()
    {
        var lengthy = $$"""{"messages":[{"role":"user","content":"{{string.Concat(Enumerable.Range(0, 200).Select(n => $"{n} zebras. "))}}"},{"role":"assistant","content":"a"}]}""";
        var called = """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}],"tools":[{"type":"function","function":{"name":"f"}}]}""";
        var shown = """{"messages":[{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]},{"role":"assistant","content":"a"}]}""";
        var version = await VersionAsync(service, [.. ChatFiles.Lines(10), .. File(lengthy, called, shown)]);
        var report = await service.GetAsync<DatasetTokens>(Url(version));

        ModelTokens Model(string id) => report.Models.Single(model => model.Id == id);
        Assert.Equal(new FittingExamples(10, 0, 0, 1, 2), Model("base-1m").Training);
        Assert.Equal(new FittingExamples(12, 0, 0, 0, 1), Model("gpt-4.1-mini-2025-04-14").Training);
        Assert.Equal(new FittingExamples(13, 0, 0, 0, 0), Model("gpt-4o-2024-08-06").Training);
        Assert.Equal(
            [
                "1 example(s) of the training part are longer than 512 tokens, and the provider then refuses the file. Shorten or remove them.",
                "2 example(s) of the training part hold more than this model can be trained on (it takes texts).",
            ],
            Model("base-1m").Problems);
    }

    [Fact]
    public async Task An_example_over_the_limit_is_billed_up_to_it_and_said_to_lose_its_answer_or_not()
    {
        // Under 20 tokens the answer is whole, and only the opening of the reply is cut; under 19 the answer loses its last token.
        await using var limited = await DatasetsService.StartAsync(("BaseModels:Path", Catalog(("gpt-4.1-2025-04-14", 20), ("gpt-4.1-mini-2025-04-14", 19), ("gpt-4o-2024-08-06", 23))));
        var version = await VersionAsync(limited, File(Enumerable.Repeat(Line23, 10)));
        var report = await limited.GetAsync<DatasetTokens>(Url(version));

        ModelTokens Model(string id) => report.Models.Single(model => model.Id == id);
        Assert.Equal((new FittingExamples(0, 10, 0, 0, 0), 2_000), (Model("gpt-4.1-2025-04-14").Training!, Model("gpt-4.1-2025-04-14").BilledTokens));
        Assert.Equal((new FittingExamples(0, 10, 10, 0, 0), 1_900, 0.0095m), (Model("gpt-4.1-mini-2025-04-14").Training!, Model("gpt-4.1-mini-2025-04-14").BilledTokens, Model("gpt-4.1-mini-2025-04-14").Cost));
        Assert.Equal(["10 example(s) of the training part are longer than 19 tokens and lose their end; 10 of them lose part or all of an answer."], Model("gpt-4.1-mini-2025-04-14").Problems);
        Assert.Equal((new FittingExamples(10, 0, 0, 0, 0), 2_300), (Model("gpt-4o-2024-08-06").Training!, Model("gpt-4o-2024-08-06").BilledTokens));
    }

    [Fact]
    public async Task Too_few_training_examples_for_a_job_are_told()
    {
        var version = await VersionAsync(service, ChatFiles.Lines(10), split: new SplitRequest());
        var mini = (await service.GetAsync<DatasetTokens>(Url(version) + "?model=gpt-4.1-mini-2025-04-14")).Models.Single();
        Assert.Equal((8, 12, "The training part has 8 example(s); a job needs 10."), (mini.Training!.Kept, mini.NEpochs, mini.Problems.Single()));
    }

    [Fact]
    public async Task A_version_without_files_to_count_answers_409_and_why()
    {
        var rejected = await VersionAsync(service, ChatFiles.Lines(3));
        var (status, body) = await service.SendAsync(HttpMethod.Get, Url(rejected));
        Assert.Equal((HttpStatusCode.Conflict, "version_not_validated"), (status, Code(body)));
        Assert.Contains("rejected", body);

        await using var db = DatasetsService.Context(service.Database.ConnectionString);
        var dataset = Dataset.Create("first", "waits", TimeProvider.System);
        var waiting = DatasetVersion.OfFiles(dataset, 1, "file-none", new CreateDatasetVersionRequest(), author: null, TimeProvider.System);
        for (var attempt = 0; attempt < 3; attempt++)
            waiting.BeginAttempt(TimeProvider.System);
        dataset.Versions.Add(waiting);
        db.Add(dataset);
        await db.SaveChangesAsync();
        (status, body) = await service.SendAsync(HttpMethod.Get, $"/v1/datasets/{dataset.Id}/versions/1/tokens");
        Assert.Equal((HttpStatusCode.Conflict, "version_not_validated"), (status, Code(body)));
        Assert.Contains("ask again when", body);
    }

    [Fact]
    public async Task A_version_whose_file_was_deleted_before_it_was_counted_answers_409_naming_it()
    {
        var version = await VersionAsync(service, ChatFiles.Lines(12));
        await service.SendAsync(HttpMethod.Delete, $"/v1/files/{version.TrainingFile}");
        var (status, body) = await service.SendAsync(HttpMethod.Get, Url(version));
        Assert.Equal((HttpStatusCode.Conflict, "file_deleted"), (status, Code(body)));
        Assert.Contains(version.TrainingFile!, body);
    }

    [Fact]
    public async Task Counting_goes_on_after_a_request_that_could_not_wait()
    {
        await using var impatient = await DatasetsService.StartAsync(("Tokens:WaitAtMost", "00:00:00.001"));
        var version = await VersionAsync(impatient, ChatFiles.Lines(2_000));
        using var first = await impatient.First.GetAsync(Url(version));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "counting_tokens"), (first.StatusCode, Code(await first.Content.ReadAsStringAsync())));
        Assert.Equal("5", first.Headers.RetryAfter!.ToString());

        // Nobody asks meanwhile: the row is written by what the first request began.
        await using var db = DatasetsService.Context(impatient.Database.ConnectionString);
        await Eventually.True(() => db.TokenReports.Any(report => report.DatasetId == version.DatasetId), TimeSpan.FromSeconds(60), "the counts are kept");
        Assert.Equal(2_000, (await impatient.GetAsync<DatasetTokens>(Url(version))).Training!.Examples);
    }

    [Fact]
    public async Task Another_edition_of_the_base_models_counts_anew()
    {
        var version = await VersionAsync(service, ChatFiles.Lines(12));
        await service.GetAsync<DatasetTokens>(Url(version));
        await using (var db = DatasetsService.Context(service.Database.ConnectionString))
            await db.TokenReports.Where(report => report.DatasetId == version.DatasetId).ExecuteUpdateAsync(set => set.SetProperty(report => report.Fingerprint, new string('0', 64)).SetProperty(report => report.Counts, "{}"));
        Assert.Equal(12, (await service.GetAsync<DatasetTokens>(Url(version))).Training!.Examples);
    }

    [Fact]
    public void A_model_with_an_encoding_that_nothing_counts_stops_the_start()
    {
        var file = JsonNode.Parse(System.IO.File.ReadAllText(BaseModelCatalog.ShippedPath))!;
        file["models"]![2]!["encoding"] = "p50k_base";
        var builder = WebApplication.CreateBuilder();
        builder.Configuration["BaseModels:Path"] = Write(file);
        Assert.Contains("models[2].encoding: nothing here counts 'p50k_base'", Assert.Throws<InvalidDataException>(() => builder.AddTokens()).Message);
    }

    /// <summary>The shipped base models with other limits of tokens per example.</summary>
    private static string Catalog(params (string Model, int Limit)[] limits)
    {
        var file = JsonNode.Parse(System.IO.File.ReadAllText(BaseModelCatalog.ShippedPath))!;
        foreach (var (model, limit) in limits)
            file["models"]!.AsArray().Single(entry => entry!["id"]!.GetValue<string>() == model)!["limits"]!["tokens_per_example"] = limit;
        return Write(file);
    }

    private static string Write(JsonNode file)
    {
        var path = Path.Combine(TestFolder.Create("base-models"), "base-models.json");
        System.IO.File.WriteAllText(path, file.ToJsonString());
        return path;
    }
}

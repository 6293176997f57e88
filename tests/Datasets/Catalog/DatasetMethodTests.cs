using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Catalog;

/// <summary>Datasets for `dpo` and `reinforcement`, from the upload to their tokens.</summary>
public sealed class DatasetMethodTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private static readonly string[] Animals = ["heron", "otter", "lynx", "badger", "viper", "condor", "tapir", "gecko", "marten", "ibex", "walrus", "puffin", "jackal", "bison", "quokka", "numbat", "civet", "dugong", "osprey", "magpie"];

    private static string Pair(int number, string better = "Better") => JsonSerializer.Serialize(new
    {
        prompt = $"Tell the story of the {Animals[number % 20]} and the {Animals[(number * 7 + 3) % 20]} in {number} words.",
        chosen = $"{better} tale of the {Animals[number % 20]} that was told on night {number}.",
        rejected = $"No {number}.",
    });

    private async Task<DatasetVersionObject> CreateAsync(string method, IEnumerable<string> lines, string? validation = null)
    {
        var file = await service.UploadAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        var request = new CreateDatasetRequest { Name = method, File = file.Id, Method = method, ValidationFile = validation, Split = new SplitRequest { Train = 0.6, Validation = 0.2, Test = 0.2 } };
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", request);
        Assert.True(status == HttpStatusCode.OK, body);
        var id = JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
        return await Eventually.Value(
            () => service.GetAsync<DatasetVersionObject>($"/v1/datasets/{id}/versions/1"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");
    }

    private Task<DatasetReport> ReportAsync(DatasetVersionObject version) => service.GetAsync<DatasetReport>($"/v1/datasets/{version.DatasetId}/versions/1/report");

    private async Task<JsonNode[]> LinesAsync(string? file) =>
        [.. Encoding.UTF8.GetString(await service.ContentAsync(file!)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    [Fact]
    public async Task Pairs_become_preferences_whose_prompts_are_not_split()
    {
        // Every prompt comes with two pairs.
        var version = await CreateAsync("dpo", Enumerable.Range(0, 40).Select(i => Pair(i / 2, i % 2 == 0 ? "A fine old" : "One rather new")));
        Assert.Equal(("validated", "dpo", "preference_pairs", 40, 20), (version.Status, version.Method, version.Format, version.Examples, version.Groups));
        Assert.Equal(new SplitCounts(24, 8, 8), version.SplitCounts);
        var parts = new[] { await LinesAsync(version.TrainingFile), await LinesAsync(version.ValidationFile), await LinesAsync(version.TestFile) };
        Assert.Equal(20, parts.Sum(part => part.Select(line => line["input"]!.ToJsonString()).Distinct().Count()));
        Assert.All(parts.SelectMany(part => part), line => Assert.Equal(["input", "preferred_output", "non_preferred_output"], line.AsObject().Select(member => member.Key)));

        var tokens = await service.GetAsync<DatasetTokens>($"/v1/datasets/{version.DatasetId}/versions/1/tokens");
        Assert.Equal(version.Tokens, new[] { tokens.Training, tokens.Validation, tokens.Test }.Sum(part => part!.Tokens.Single(count => count.Encoding == "o200k_base").Total));
        Assert.Equal(2, tokens.Training!.Turns.Max);
        Assert.Empty(tokens.Models.Single(model => model.Id == "gpt-4.1-mini-2025-04-14").Problems);
        Assert.Equal(["The examples are for the method 'dpo'; this model is trained by supervised only."], tokens.Models.Single(model => model.Id == "base-1m").Problems);
    }

    [Fact]
    public async Task A_validation_file_that_repeats_a_preference_rejects_the_version()
    {
        var validation = await service.UploadAsync(Encoding.UTF8.GetBytes(Pair(30) + "\n" + Pair(3)));
        var version = await CreateAsync("dpo", Enumerable.Range(0, 20).Select(i => Pair(i)), validation.Id);
        Assert.Equal(("rejected", "leakage", 2), (version.Status, version.Error!.Code, version.Error.Line));
    }

    [Fact]
    public async Task Prompts_of_reinforcement_keep_their_references_through_the_split()
    {
        var version = await CreateAsync("reinforcement", Enumerable.Range(0, 40).Select(i => $$"""{"messages":[{"role":"user","content":"How many legs have {{i}} {{Animals[i % 20]}}s and {{Animals[(i * 7 + 3) % 20]}}s?"}],"answer":{{i * 4}}}"""));
        Assert.Equal(("validated", "reinforcement", "reinforcement", 40), (version.Status, version.Method, version.Format, version.Examples));
        var lines = (await LinesAsync(version.TrainingFile)).Concat(await LinesAsync(version.ValidationFile)).Concat(await LinesAsync(version.TestFile));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => i * 4), lines.Select(line => line["answer"]!.GetValue<int>()).Order());
        var tokens = await service.GetAsync<DatasetTokens>($"/v1/datasets/{version.DatasetId}/versions/1/tokens?model=o4-mini-2025-04-16");
        Assert.Equal(["The provider takes no new jobs for this model since 2026-10-23."], tokens.Models.Single().Problems);
    }

    [Fact]
    public async Task Reinforcement_without_a_validation_part_is_warned_of()
    {
        var file = await service.UploadAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 12).Select(i => ReinforcementExampleRulesTests.Line(i) + "\n"))));
        var (_, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", new CreateDatasetRequest { Name = "r", File = file.Id, Method = "reinforcement", Split = new SplitRequest { Train = 1, Validation = 0, Test = 0 } });
        var id = JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
        var version = await Eventually.Value(
            () => service.GetAsync<DatasetVersionObject>($"/v1/datasets/{id}/versions/1"), version => version.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");
        Assert.Contains("warning missing_validation_file - -", (await ReportAsync(version)).Problems.Select(ChatFiles.Brief));
    }

    [Fact]
    public async Task A_preference_file_without_its_method_is_rejected_naming_it()
    {
        var version = await CreateAsync("supervised", Enumerable.Range(0, 12).Select(i => Pair(i)));
        Assert.Equal(("rejected", "invalid_training_file"), (version.Status, version.Error!.Code));
        Assert.Contains("'chosen', so it seems to be for the method 'dpo'", version.Error.Message);
    }

    [Theory]
    [InlineData("""{"name":"x","file":"FILE","method":"ppo"}""", "method")]
    [InlineData("""{"name":"x","file":"FILE","method":"dpo","import":{"format":"chat"}}""", "import")]
    [InlineData("""{"name":"x","file":"FILE","base_model":"gpt-9"}""", "base_model")]
    public async Task A_bad_method_or_model_is_refused_naming_the_field(string body, string param)
    {
        var file = await service.UploadAsync(ChatFiles.Lines(10));
        using var answer = await service.First.PostAsync("/v1/datasets", new StringContent(body.Replace("FILE", file.Id), Encoding.UTF8, "application/json"));
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, param), (answer.StatusCode, error["param"]!.GetValue<string>()));
    }
}

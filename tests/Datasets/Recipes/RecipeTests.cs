using System.Net;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using static FineTuneAspire.Datasets.Tests.Cleaning.Recipes;

namespace FineTuneAspire.Datasets.Tests.Recipes;

public class RecipeTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private static JsonElement Steps(string json) => JsonElement.Parse(json);

    private static byte[] Lines(IEnumerable<string> lines) => Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));

    private async Task<T> PostAsync<T>(string url, object body)
    {
        var (status, answer) = await service.SendAsync(HttpMethod.Post, url, body);
        Assert.True(status == HttpStatusCode.OK, $"{status} {answer}");
        return JsonSerializer.Deserialize<T>(answer, WireJson.Options)!;
    }

    private async Task<DatasetVersionObject> VersionAsync(string dataset, CreateDatasetVersionRequest request) =>
        await service.EndedAsync(dataset, (await PostAsync<DatasetVersionObject>($"/v1/datasets/{dataset}/versions", request)).Version);

    private async Task<string[]> LinesAsync(string? file) => Encoding.UTF8.GetString(await service.ContentAsync(file!)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Fact]
    public async Task A_recipe_is_kept_in_versions_and_found_by_its_project_only()
    {
        var first = await PostAsync<RecipeObject>("/v1/recipes", new CreateRecipeRequest { Name = "tidy", Steps = Steps("""[{"type":"unicode"}]""") });
        var second = await PostAsync<RecipeObject>($"/v1/recipes/{first.Id}", new CreateRecipeVersionRequest { Steps = Steps("""[{"type":"unicode"},{"type":"empty","also":["n/a"]}]""") });
        Assert.StartsWith("rcp_", first.Id);
        Assert.Equal((first.Id, "tidy", 2), (second.Id, second.Name, second.Version));

        var newest = await service.GetAsync<RecipeObject>($"/v1/recipes/{first.Id}");
        Assert.Equal((2, """[{"type":"unicode"},{"type":"empty","also":["n/a"]}]"""), (newest.Version, newest.Steps.GetRawText()));
        Assert.Equal(1, (await service.GetAsync<RecipeObject>($"/v1/recipes/{first.Id}?version=1")).Steps.GetArrayLength());
        Assert.Contains((await service.GetAsync<RecipeList>("/v1/recipes")).Data, recipe => recipe.Id == first.Id && recipe.Version == 2);

        foreach (var (method, url, body) in new[] { (HttpMethod.Get, "/v1/recipes/{0}", null), (HttpMethod.Post, "/v1/recipes/{0}", (object)new CreateRecipeVersionRequest { Steps = first.Steps }) })
        {
            var others = await service.SendAsync(method, string.Format(url, first.Id), body, service.Second);
            var unknown = await service.SendAsync(method, string.Format(url, "rcp_unknown"), body, service.Second);
            Assert.Equal((HttpStatusCode.NotFound, unknown.Body.Replace("rcp_unknown", first.Id)), others);
        }

        Assert.DoesNotContain(first.Id, (await service.SendAsync(HttpMethod.Get, "/v1/recipes", client: service.Second)).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(HttpMethod.Get, $"/v1/recipes/{first.Id}?version=3")).Status);
        var file = await service.UploadAsync(ChatFiles.Lines(10), client: service.Second);
        var used = await service.SendAsync(HttpMethod.Post, "/v1/datasets", new CreateDatasetRequest { Name = "x", File = file.Id, Recipe = new RecipeReference { Id = first.Id } }, service.Second);
        Assert.Equal(HttpStatusCode.BadRequest, used.Status);
        Assert.Contains($"invalid recipe.id: there is no recipe {first.Id}.", used.Body);
    }

    [Theory]
    [InlineData("""{"name":"x","steps":[{"type":"unicode"},{"type":"pii","kind":["email"]}]}""", "steps[1].kind")]
    [InlineData("""{"name":"x","steps":"unicode"}""", "steps")]
    [InlineData("""{"name":" ","steps":[{"type":"unicode"}]}""", "name")]
    [InlineData("""{"name":"x","steps":[{"type":"unicode"}],"tests":1}""", "tests")]
    public async Task A_bad_recipe_is_refused_naming_the_place(string body, string param)
    {
        var (status, answer) = await service.SendAsync(HttpMethod.Post, "/v1/recipes", Steps(body));
        Assert.Equal((HttpStatusCode.BadRequest, param), (status, Steps(answer).GetProperty("error").GetProperty("param").GetString()));
    }

    [Fact]
    public async Task A_file_is_cleaned_before_it_is_validated_and_the_version_tells_what_each_step_did()
    {
        var lines = Enumerable.Range(0, 30).Select(i => Chat($"How do I reach customer {i}? ", $"Write to person{i}@example.com.")).Append(Chat("empty", "")).Append(Chat("How do I  reach customer 3?", "Write to person3@example.com."));
        var file = await service.UploadAsync(Lines(lines));
        var recipe = await PostAsync<RecipeObject>("/v1/recipes", new CreateRecipeRequest { Name = "r", Steps = Steps("""[{"type":"whitespace"},{"type":"empty"},{"type":"exact_duplicates"},{"type":"pii"}]""") });
        var dataset = await PostAsync<DatasetObject>("/v1/datasets", new CreateDatasetRequest
        {
            Name = "cleaned", File = file.Id, Recipe = new RecipeReference { Id = recipe.Id }, Split = new SplitRequest { Train = 1, Validation = 0, Test = 0 },
        });
        Assert.Null(dataset.LatestVersion.Recipe!.Results);
        var version = await service.EndedAsync(dataset.Id, 1);

        Assert.Equal(("validated", 30), (version.Status, version.Examples));
        Assert.Equal((recipe.Id, 1), (version.Recipe!.Id, version.Recipe.Version));
        Assert.Equal(
            [new StepResult("whitespace", 32, 30, 0, 0, 0), new StepResult("empty", 32, 0, 1, 0, 0), new StepResult("exact_duplicates", 31, 0, 1, 0, 0), new StepResult("pii", 30, 30, 0, 0, 0)],
            version.Recipe.Results);
        var cleaned = await LinesAsync(version.TrainingFile);
        Assert.Equal(Chat("How do I reach customer 0?", "Write to [EMAIL_1]."), cleaned[0]);
        Assert.Equal(30, cleaned.Length);

        // The same without the recipe is rejected for its empty answer.
        var raw = await PostAsync<DatasetObject>("/v1/datasets", new CreateDatasetRequest { Name = "raw", File = file.Id });
        Assert.Equal("rejected", (await service.EndedAsync(raw.Id, 1)).Status);
    }

    [Fact]
    public async Task A_childs_recipe_rebalances_its_training_part_only_and_keeps_rows_in_their_parts()
    {
        var words = new Cleaning.GeneratedTexts(5);
        var parent = await service.DatasetAsync(Lines(Enumerable.Range(0, 100).Select(i => Chat(string.Join(' ', words.Words(20)), i < 80 ? "Yes" : "no"))), new SplitRequest { Train = 0.5, Validation = 0.3, Test = 0.2, Seed = 1 });
        var child = await VersionAsync(parent.DatasetId, new CreateDatasetVersionRequest
        {
            Parent = 1, Recipe = new RecipeReference { Steps = Steps("""[{"type":"labels","map":{"yes":[],"no":[]}},{"type":"rebalance","method":"down","seed":4}]""") },
        });

        Assert.Equal(("validated", null), (child.Status, child.Recipe!.Id));
        Assert.Equal((30, 20), (child.SplitCounts!.Validation, child.SplitCounts.Test));
        var labels = (await LinesAsync(child.TrainingFile)).GroupBy(line => line.Contains("\"yes\"")).ToDictionary(label => label.Key, label => label.Count());
        Assert.Equal(labels[true], labels[false]);
        Assert.Equal(100, child.Recipe.Results![0].Read);
        Assert.Equal(50, child.Recipe.Results[1].Read);
        foreach (var (before, after) in new[] { (parent.ValidationFile, child.ValidationFile), (parent.TestFile, child.TestFile) })
            Assert.Equal((await LinesAsync(before)).Select(line => line.Replace("\"Yes\"", "\"yes\"")), await LinesAsync(after));
    }

    [Fact]
    public async Task Rehearsed_examples_go_to_training_now_and_in_every_later_version()
    {
        var words = new Cleaning.GeneratedTexts(6);
        var general = await service.DatasetAsync(Lines(Enumerable.Range(0, 50).Select(i => Chat(string.Join(' ', words.Words(20)), $"general {i}"))), new SplitRequest { Train = 1, Validation = 0, Test = 0 });
        var file = await service.UploadAsync(Lines(Enumerable.Range(0, 60).Select(i => Chat(string.Join(' ', words.Words(20)), $"own {i}"))));
        var dataset = await PostAsync<DatasetObject>("/v1/datasets", new CreateDatasetRequest
        {
            Name = "mixed", File = file.Id, Split = new SplitRequest { Train = 0.4, Validation = 0.3, Test = 0.3, Seed = 2 },
            Recipe = new RecipeReference { Steps = Steps($$"""[{"type":"rehearsal","dataset":"{{general.DatasetId}}","version":1,"share":0.25}]""") },
        });
        var version = await service.EndedAsync(dataset.Id, 1);
        Assert.Equal(("validated", new SplitCounts(24 + 20, 18, 18)), (version.Status, version.SplitCounts));
        Assert.Equal(20, (await LinesAsync(version.TrainingFile)).Count(line => line.Contains("general")));

        var again = await VersionAsync(dataset.Id, new CreateDatasetVersionRequest { Parent = 1, Split = new SplitRequest { Train = 0.2, Validation = 0.4, Test = 0.4, Seed = 9 } });
        Assert.Equal(("validated", new SplitCounts(12 + 20, 24, 24)), (again.Status, again.SplitCounts));
        Assert.Equal(20, (await LinesAsync(again.TrainingFile)).Count(line => line.Contains("general")));
    }

    [Fact]
    public async Task An_example_that_resembles_a_rehearsed_one_is_trained_on_with_it_and_the_report_says_whose_line_it_is()
    {
        var words = new Cleaning.GeneratedTexts(8);
        var general = Enumerable.Range(0, 20).Select(i => Chat(string.Join(' ', words.Words(30)), "general")).ToArray();
        var own = Enumerable.Range(0, 20).Select(i => Chat(string.Join(' ', words.Words(30)), "own")).Append(general[4].Replace("general", "own")).ToArray();
        var file = await service.UploadAsync(Lines(own));
        var rehearsed = await service.UploadAsync(Lines(general));
        var dataset = await PostAsync<DatasetObject>("/v1/datasets", new CreateDatasetRequest
        {
            Name = "alike", File = file.Id, Split = new SplitRequest { Train = 0.1, Validation = 0, Test = 0.9 },
            Recipe = new RecipeReference { Steps = Steps($$"""[{"type":"rehearsal","file":"{{rehearsed.Id}}","share":0.5}]""") },
        });
        var version = await service.EndedAsync(dataset.Id, 1);
        Assert.Equal(("validated", new SplitCounts(2 + 21, 0, 18)), (version.Status, version.SplitCounts));
        Assert.Contains(own[20], await LinesAsync(version.TrainingFile));
        var problem = Assert.Single((await service.GetAsync<DatasetReport>($"/v1/datasets/{dataset.Id}/versions/1/report")).Problems, problem => problem.Code == "near_duplicate");
        Assert.Null(problem.Line);
        Assert.StartsWith("Line 5 of the rehearsed data resembles line 21 (", problem.Message);
    }

    [Fact]
    public async Task Rehearsal_of_data_that_is_not_there_or_bad_is_refused_with_its_reason()
    {
        var file = await service.UploadAsync(ChatFiles.Lines(20));
        CreateDatasetRequest Request(string source) => new() { Name = "x", File = file.Id, Recipe = new RecipeReference { Steps = Steps($$"""[{"type":"rehearsal",{{source}}}]""") } };
        foreach (var (source, message) in new[] { ("\"file\":\"file-none\"", "There is no file file-none."), ("\"dataset\":\"ds_none\",\"version\":1", "There is no dataset ds_none with a version 1.") })
        {
            var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", Request(source));
            Assert.Equal((HttpStatusCode.BadRequest, "recipe"), (status, Steps(body).GetProperty("error").GetProperty("param").GetString()));
            Assert.Contains(message, body);
        }

        var bad = await service.UploadAsync(Lines(["{\"messages\":[]}"]));
        var version = await service.EndedAsync((await PostAsync<DatasetObject>("/v1/datasets", Request($"\"file\":\"{bad.Id}\""))).Id, 1);
        Assert.Equal(("rejected", "recipe_refused"), (version.Status, version.Error!.Code));
        Assert.StartsWith($"The recipe's step 'rehearsal': The file {bad.Id} cannot be rehearsed. Validation file: Line 1, messages:", version.Error.Message);
    }

    [Fact]
    public async Task A_refusing_step_rejects_the_version_with_the_lines_in_its_report()
    {
        var file = await service.UploadAsync(Lines(Enumerable.Range(0, 12).Select(i => Chat($"q{i}", i == 7 ? "key sk-aaaaaaaaaaaaaaaaaaaaaaaaaaaa" : "a"))));
        var dataset = await PostAsync<DatasetObject>("/v1/datasets", new CreateDatasetRequest { Name = "x", File = file.Id, Recipe = new RecipeReference { Steps = Steps("""[{"type":"secrets","action":"refuse"}]""") } });
        var version = await service.EndedAsync(dataset.Id, 1);
        Assert.Equal(("rejected", 8), (version.Status, version.Error!.Line));
        var problem = Assert.Single((await service.GetAsync<DatasetReport>($"/v1/datasets/{dataset.Id}/versions/1/report")).Problems, problem => problem.Severity == "error");
        Assert.Equal((8, "recipe_refused", "Step 1 of the recipe (secrets): messages[1] holds something of the kind OPENAI_KEY."), (problem.Line, problem.Code, problem.Message));
    }

    [Fact]
    public async Task A_preview_tells_what_each_step_would_do_and_leaves_nothing_behind()
    {
        var parent = await service.DatasetAsync(Lines(Enumerable.Range(0, 40).Select(i => Chat($"Question {i * 7919} about {i * 31}? ", i % 2 == 0 ? "yes" : "no"))), new SplitRequest { Seed = 1 });
        var objects = service.Objects().Length;
        var url = $"/v1/datasets/{parent.DatasetId}/versions/1/recipe_previews";
        var preview = await PostAsync<RecipePreview>(url, new RecipeReference { Steps = Steps("""[{"type":"whitespace"},{"type":"length","unit":"characters","of":"assistant","max":2}]""") });

        Assert.Equal((40L, false, 2), (preview.Examples, preview.IsSample, preview.Steps.Count));
        Assert.Equal(("whitespace", 40L, 40L, 0L), (preview.Steps[0].Type, preview.Steps[0].Read, preview.Steps[0].Changed, preview.Steps[0].Dropped));
        Assert.Equal(("length", 40L, 0L, 20L), (preview.Steps[1].Type, preview.Steps[1].Read, preview.Steps[1].Changed, preview.Steps[1].Dropped));
        Assert.Equal(10, preview.Steps[0].Examples.Count);
        var example = preview.Steps[0].Examples[0];
        Assert.Equal((1, 0, "changed", "training", example.Before.Trim()), (example.Line, example.MessageIndex, example.What, example.Part, example.After));
        Assert.Equal("It has 3 characters.", preview.Steps[1].Examples[0].Reason);
        Assert.Equal(objects, service.Objects().Length);
        Assert.Empty(service.Incoming());
        Assert.Single((await service.GetAsync<DatasetVersionList>($"/v1/datasets/{parent.DatasetId}/versions")).Data);

        Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(HttpMethod.Post, url, new RecipeReference { Steps = preview.Steps.Count > 0 ? Steps("""[{"type":"unicode"}]""") : default }, service.Second)).Status);
        var (status, body) = await service.SendAsync(HttpMethod.Post, url, new RecipeReference());
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, body.Contains("of a stored recipe, or")));
        var rejected = await service.DatasetAsync(ChatFiles.Lines(3));
        (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{rejected.DatasetId}/versions/1/recipe_previews", new RecipeReference { Steps = Steps("""[{"type":"unicode"}]""") });
        Assert.Equal((HttpStatusCode.Conflict, true), (status, body.Contains("version_not_validated")));
    }

    [Fact]
    public async Task A_preview_of_a_large_version_is_of_a_sample_and_says_so()
    {
        await using var small = await DatasetsService.StartAsync(("Recipes:PreviewRows", "15"));
        var parent = await small.DatasetAsync(ChatFiles.Lines(40));
        var (status, body) = await small.SendAsync(HttpMethod.Post, $"/v1/datasets/{parent.DatasetId}/versions/1/recipe_previews", new RecipeReference { Steps = Steps("""[{"type":"unicode"}]""") });
        Assert.Equal(HttpStatusCode.OK, status);
        var preview = JsonSerializer.Deserialize<RecipePreview>(body, WireJson.Options)!;
        Assert.Equal((15L, true, 15L), (preview.Examples, preview.IsSample, preview.Steps[0].Read));

        await using var narrow = await DatasetsService.StartAsync(("Recipes:PreviewBytes", "1024"));
        parent = await narrow.DatasetAsync(ChatFiles.Lines(40), new SplitRequest { Train = 1, Validation = 0, Test = 0 });
        (_, body) = await narrow.SendAsync(HttpMethod.Post, $"/v1/datasets/{parent.DatasetId}/versions/1/recipe_previews", new RecipeReference { Steps = Steps("""[{"type":"unicode"}]""") });
        preview = JsonSerializer.Deserialize<RecipePreview>(body, WireJson.Options)!;
        Assert.Equal((11L, true), (preview.Examples, preview.IsSample));
    }
}

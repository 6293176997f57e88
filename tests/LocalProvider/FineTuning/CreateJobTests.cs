using System.Net;
using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests.FineTuning;

public sealed class CreateJobTests(SharedProvider shared) : IClassFixture<SharedProvider>, IAsyncLifetime
{
    private readonly Provider _provider = shared.Provider;
    private string _file = "";

    public async ValueTask InitializeAsync() => _file = await _provider.UploadAsync(TinyModel.Examples(10));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Answers_with_the_job_as_openai_does()
    {
        var job = await _provider.PostAsync("fine_tuning/jobs", $$"""{"model":"tiny","training_file":"{{_file}}","seed":42,"metadata":{"a":"1"},"integrations":null}""");

        var (id, created) = ((string)job["id"]!, (long)job["created_at"]!);
        Assert.Matches("^ftjob-[0-9a-f]{32}$", id);
        Assert.Equal(
            $$$$$"""{"object":"fine_tuning.job","id":"{{{{{id}}}}}","model":"tiny","created_at":{{{{{created}}}}},"finished_at":null,"fine_tuned_model":null,"organization_id":"org-local","result_files":[],"status":"validating_files","validation_file":null,"training_file":"{{{{{_file}}}}}","hyperparameters":{"n_epochs":"auto","batch_size":"auto","learning_rate_multiplier":"auto"},"trained_tokens":null,"error":{},"user_provided_suffix":null,"seed":42,"estimated_finish":null,"integrations":[],"metadata":{"a":"1"},"method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":"auto","batch_size":"auto","learning_rate_multiplier":"auto"}}}}""",
            job.ToJsonString());
    }

    [Theory]
    [InlineData("""{"model":"tiny"}""", null, "training_file")]
    [InlineData("""{"model":"tiny","training_file":"X"}""", "training_file", "invalid training_file: X")]
    [InlineData("""{"model":"tiny","training_file":"FILE","validation_file":"7"}""", "validation_file", "invalid validation_file: 7")]
    [InlineData("""{"model":"gpt-nonexistent","training_file":"FILE"}""", null, "Model gpt-nonexistent is not available for fine-tuning or does not exist.")]
    [InlineData("""{"model":"../files","training_file":"FILE"}""", null, "is not available")]
    [InlineData("""{"model":"tiny","training_file":"FILE","method":{"type":"dpo","dpo":{"hyperparameters":{"beta":0.1}}}}""", "method.type", "'dpo' is not supported")]
    [InlineData("""{"model":"tiny","training_file":"FILE","method":{"type":"reinforcement"}}""", "method.type", "'reinforcement' is not supported")]
    [InlineData("""{"model":"tiny","training_file":"FILE","integrations":[{"type":"wandb","wandb":{"project":"p"}}]}""", "integrations", "no integrations")]
    [InlineData("""{"model":"tiny","training_file":"FILE","learning_rate":1}""", "learning_rate", "Unrecognized request argument supplied: learning_rate")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{"beta":1}}""", "beta", "Unrecognized request argument supplied: beta")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{"n_epochs":0}}""", "n_epochs", "from 1 to 50")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{"n_epochs":1.5}}""", "n_epochs", "whole number")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{"n_epochs":"many"}}""", "hyperparameters.n_epochs", "expected a number or")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{"n_epochs":1e999}}""", "hyperparameters.n_epochs", "expected a number or")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{"batch_size":257}}""", "batch_size", "from 1 to 256")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{"learning_rate_multiplier":0}}""", "learning_rate_multiplier", "greater than 0")]
    [InlineData("""{"model":"tiny","training_file":"FILE","hyperparameters":{},"method":{"type":"supervised","supervised":{"hyperparameters":{}}}}""", "hyperparameters", "not in both")]
    [InlineData("""{"model":"tiny","training_file":"FILE","suffix":""}""", "suffix", "from 1 to 64")]
    [InlineData("""{"model":"tiny","training_file":"FILE","seed":-1}""", "seed", "from 0 to 2147483647")]
    [InlineData("""{"model":"tiny","training_file":"FILE","seed":2147483648}""", "seed", "from 0 to 2147483647")]
    [InlineData("""{"model":"tiny","training_file":"FILE","metadata":{"k":1}}""", "metadata.k", "expected a string")]
    [InlineData("""{"model":"tiny","training_file":"FILE","metadata":{"k":null}}""", "metadata", "Mend 'k'")]
    [InlineData("""{"model":"tiny","model":"tiny","training_file":"FILE"}""", "model", "given twice")]
    [InlineData("""{"model":"tiny","training_file":"FILE\u0000"}""", "training_file", "U+0000")]
    [InlineData("""{"model":"tiny","training_file":"\ud800"}""", "training_file", "Unicode")]
    [InlineData("""[]""", null, "JSON")]
    [InlineData("""{"model":""", null, "JSON")]
    public async Task Refuses_a_body_that_is_wrong_by_itself(string body, string? param, string message)
    {
        var before = await NewestAsync();
        var response = await _provider.SendAsync("fine_tuning/jobs", body.Replace("FILE", _file, StringComparison.Ordinal));

        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_request_error", (string)error["type"]!);
        Assert.Contains(message, (string)error["message"]!, StringComparison.Ordinal);
        if (param is not null)
            Assert.Equal(param, (string?)error["param"]);
        Assert.Equal(before, await NewestAsync());
    }

    [Fact]
    public async Task Names_an_unknown_model_by_the_code_that_clients_look_for()
    {
        var response = await _provider.SendAsync("fine_tuning/jobs", $$"""{"model":"gpt-4o","training_file":"{{_file}}"}""");
        Assert.Equal("""{"error":{"message":"Model gpt-4o is not available for fine-tuning or does not exist.","type":"invalid_request_error","param":null,"code":"model_not_available"}}""", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Refuses_a_file_that_was_not_uploaded_for_fine_tuning()
    {
        var file = await _provider.UploadAsync(TinyModel.Examples(10), "assistants");
        var response = await _provider.SendAsync("fine_tuning/jobs", $$"""{"model":"tiny","training_file":"{{file}}"}""");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal($"invalid training_file: {file} has the purpose 'assistants'; upload it with 'fine-tune'.", (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["message"]!);
    }

    [Fact]
    public async Task Lists_jobs_newest_first_by_page_and_by_metadata()
    {
        await using var own = Provider.Start();
        var (file, ids) = (await own.UploadAsync(TinyModel.Examples(10)), new List<string>());
        foreach (var metadata in new[] { """{"fta_job":"a","x":"1"}""", """{"fta_job":"b","x":"1"}""", "null" })
            ids.Add((string)(await own.PostAsync("fine_tuning/jobs", $$"""{"model":"tiny","training_file":"{{file}}","metadata":{{metadata}}}"""))["id"]!);

        Assert.Equal([ids[2], ids[1], ids[0]], await IdsAsync(own, "fine_tuning/jobs"));
        Assert.Equal([ids[2], ids[1]], await IdsAsync(own, "fine_tuning/jobs?limit=2", hasMore: true));
        Assert.Equal([ids[0]], await IdsAsync(own, $"fine_tuning/jobs?limit=2&after={ids[1]}"));
        Assert.Equal([ids[1]], await IdsAsync(own, "fine_tuning/jobs?metadata[fta_job]=b"));
        Assert.Equal([ids[1], ids[0]], await IdsAsync(own, "fine_tuning/jobs?metadata%5Bx%5D=1"));
        Assert.Empty(await IdsAsync(own, "fine_tuning/jobs?metadata[x]=1&metadata[fta_job]=c"));
        Assert.Equal([ids[2]], await IdsAsync(own, "fine_tuning/jobs?metadata=null"));
        foreach (var bad in new[] { "limit=0", "limit=x", "after=ftjob-none", "metadata=x" })
            Assert.Equal(HttpStatusCode.BadRequest, (await own.Http.GetAsync($"fine_tuning/jobs?{bad}")).StatusCode);
    }

    private async Task<string?> NewestAsync() => (string?)(await _provider.GetAsync("fine_tuning/jobs?limit=1"))["data"]!.AsArray().FirstOrDefault()?["id"];

    private static async Task<string[]> IdsAsync(Provider provider, string path, bool hasMore = false)
    {
        var list = await provider.GetAsync(path);
        Assert.Equal(hasMore, (bool)list["has_more"]!);
        return [.. list["data"]!.AsArray().Select(job => (string)job!["id"]!)];
    }
}

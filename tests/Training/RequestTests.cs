using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Training.Api;

namespace FineTuneAspire.Training.Tests;

[Collection(TrainingCollection.Name)]
public class RequestTests
{
    private readonly TrainingSystem _system;

    public RequestTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    [Theory]
    [InlineData("""{"training_file":"FILE"}""", 400, null, "invalid_json")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","colour":"red"}""", 400, "colour", "unknown_parameter")]
    [InlineData("""{"model":"no-such-model","training_file":"FILE"}""", 400, null, "model_not_available")]
    [InlineData("""{"model":"../models","training_file":"FILE"}""", 400, null, "model_not_available")]
    [InlineData("""{"model":"ft:base-1m:team-b::000000000000","training_file":"FILE"}""", 400, null, "model_not_available")]
    [InlineData("""{"model":"base-1m","training_file":"file-nope"}""", 400, "training_file", null)]
    [InlineData("""{"model":"base-1m","training_file":"OTHER"}""", 400, "training_file", null)]
    [InlineData("""{"model":"base-1m","training_file":"FILE","validation_file":"file-nope"}""", 400, "validation_file", null)]
    [InlineData("""{"model":"base-1m","training_file":"FILE","validation_file":"FILE"}""", 400, "validation_file", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","suffix":""}""", 400, "suffix", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","seed":-1}""", 400, "seed", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"n_epochs":0}}""", 400, "hyperparameters.n_epochs", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"n_epochs":51}}""", 400, "hyperparameters.n_epochs", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"n_epochs":1.5}}""", 400, "hyperparameters.n_epochs", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"n_epochs":"many"}}""", 400, "hyperparameters.n_epochs", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"batch_size":257}}""", 400, "hyperparameters.batch_size", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"learning_rate_multiplier":0}}""", 400, "hyperparameters.learning_rate_multiplier", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"beta":1}}""", 400, "beta", "unknown_parameter")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","hyperparameters":{"n_epochs":1},"method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":2}}}}""", 400, "hyperparameters.n_epochs", "invalid_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","method":{"type":"dpo","dpo":{}}}""", 400, "method.type", "unsupported_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","method":{"type":"reinforcement"}}""", 400, "method.type", "unsupported_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","integrations":[{"type":"wandb"}]}""", 400, "integrations", "unsupported_value")]
    [InlineData("""{"model":"base-1m","training_file":"FILE","metadata":{"k":"\u0000"}}""", 400, "metadata", "invalid_json")]
    [InlineData("""{"model":"base-1m","model":"base-1m","training_file":"FILE"}""", 400, null, "invalid_json")]
    [InlineData("""not json""", 400, null, "invalid_json")]
    public async Task Refuses_a_body_naming_the_field(string body, int status, string? param, string? code)
    {
        body = body.Replace("FILE", _system.AddFile(), StringComparison.Ordinal).Replace("OTHER", _system.AddFile(TrainingSystem.OtherProject), StringComparison.Ordinal);
        using var response = await _system.Client.PostAsync("/v1/fine_tuning/jobs", new StringContent(body, Encoding.UTF8, "application/json"));
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal((status, code), ((int)response.StatusCode, error["code"]?.GetValue<string>()));
        if (param is not null)
            Assert.StartsWith(param, error["param"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain(_system.Upstream.Requests, request => request.Body.Contains("no-such-model", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refuses_seventeen_pairs_of_metadata()
    {
        var pairs = new JsonObject();
        for (var i = 0; i < 17; i++)
            pairs[$"k{i}"] = "v";
        var body = new JsonObject { ["model"] = "base-1m", ["training_file"] = _system.AddFile(), ["metadata"] = pairs };
        using var response = await _system.Client.PostAsync("/v1/fine_tuning/jobs", new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("POST", "/cancel")]
    [InlineData("GET", "/events")]
    [InlineData("GET", "/events?stream=true")]
    [InlineData("GET", "/checkpoints")]
    [InlineData("GET", "/metrics")]
    public async Task Another_projects_job_answers_exactly_as_one_that_does_not_exist(string method, string path)
    {
        var created = await _system.CreateAsync();
        var foreign = await SendAsync(created.Id);
        var unknown = await SendAsync("ftjob-" + new string('0', 32));

        Assert.Equal((HttpStatusCode.NotFound, unknown.Body.Replace("ftjob-" + new string('0', 32), created.Id)), foreign);

        async Task<(HttpStatusCode Status, string Body)> SendAsync(string id)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/v1/fine_tuning/jobs/{id}{path}");
            using var response = await _system.OtherClient.SendAsync(request);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Lists_newest_first_by_pages_and_by_metadata()
    {
        var mark = Guid.NewGuid().ToString("N");
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Insert(0, (await _system.CreateAsync(new JsonObject { ["metadata"] = new JsonObject { ["mark"] = mark, ["odd"] = (i % 2).ToString() } })).Id);
        var without = await _system.CreateAsync();

        var first = await _system.GetAsync<FineTuningJobList>($"?metadata[mark]={mark}&limit=3");
        var second = await _system.GetAsync<FineTuningJobList>($"?metadata[mark]={mark}&limit=3&after={first.Data[^1].Id}");
        Assert.Equal((true, false), (first.HasMore, second.HasMore));
        Assert.Equal(ids, first.Data.Concat(second.Data).Select(job => job.Id));
        Assert.Equal([ids[1], ids[3]], (await _system.GetAsync<FineTuningJobList>($"?metadata[mark]={mark}&metadata[odd]=1")).Data.Select(job => job.Id));
        Assert.Contains(without.Id, (await _system.GetAsync<FineTuningJobList>("?metadata=null&limit=100")).Data.Select(job => job.Id));
        Assert.Empty((await _system.GetAsync<FineTuningJobList>($"?metadata[mark]={mark}", _system.OtherClient)).Data);
        Assert.Equal(HttpStatusCode.BadRequest, (await _system.Client.GetAsync("/v1/fine_tuning/jobs?after=ftjob-nope")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await _system.Client.GetAsync("/v1/fine_tuning/jobs?limit=0")).StatusCode);
    }

    [Fact]
    public async Task Wants_a_key() =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await _system.Service.CreateClient().GetAsync("/v1/fine_tuning/jobs")).StatusCode);
}

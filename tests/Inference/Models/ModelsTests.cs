using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace FineTuneAspire.Inference.Tests.Models;

public class ModelsTests(InferenceHost host)
{
    private static TrainingSucceeded Succeeded(string project = "p1")
    {
        var unique = Guid.NewGuid().ToString("N");
        var model = $"ft:base-1m:{project}:intents:{unique}";
        return new($"ftjob-{unique}", project, "local", "base-1m", model, $"up-{unique}",
            [new($"{model}:ckpt-step-10", $"up-{unique}:c10", 10), new($"{model}:ckpt-step-20", $"up-{unique}:c20", 20)], TimeProvider.System.GetUtcNow());
    }

    private async Task PublishAsync(TrainingSucceeded succeeded, Guid messageId)
    {
        // As Training's relay does it: over the broker, with an id of the row's.
        var bus = host.Services.GetRequiredService<IBus>();
        await bus.Publish(succeeded, context => context.MessageId = messageId);
    }

    private Task<long> CountAsync(TrainingSucceeded succeeded) => host.Database.ScalarAsync<long>($"SELECT count(*) FROM models WHERE job_id = '{succeeded.JobId}'");

    [Fact]
    public async Task Registers_model_and_checkpoints_from_the_event_exactly_once()
    {
        var succeeded = Succeeded();
        var messageId = Guid.NewGuid();

        await PublishAsync(succeeded, messageId);
        await Eventually.Equal(3L, () => CountAsync(succeeded));
        await PublishAsync(succeeded, messageId);
        await PublishAsync(succeeded, Guid.NewGuid());
        await PublishAsync(Succeeded() with { JobId = "ftjob-last" }, Guid.NewGuid());
        await Eventually.True(async () => await host.Database.ScalarAsync<long>("SELECT count(*) FROM models WHERE job_id = 'ftjob-last'") == 3, because: "a later event is consumed");

        Assert.Equal(3, await CountAsync(succeeded));
        Assert.Equal(0, await host.Database.ScalarAsync<long>("SELECT count(*) FROM models GROUP BY id HAVING count(*) > 1 UNION ALL SELECT 0"));
    }

    [Fact]
    public async Task Lists_base_models_and_the_projects_tuned_ones_though_a_provider_is_away()
    {
        var (mine, theirs) = (Succeeded(), Succeeded("p2"));
        await PublishAsync(mine, Guid.NewGuid());
        await PublishAsync(theirs, Guid.NewGuid());
        await Eventually.Equal(3L, () => CountAsync(theirs));
        await Eventually.Equal(3L, () => CountAsync(mine));

        var list = await host.Client().GetFromJsonAsync<JsonElement>("/v1/models");

        var ids = list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()).ToList();
        Assert.Equal("list", list.GetProperty("object").GetString());
        Assert.Contains("base-1m", ids);
        Assert.Contains(mine.Model, ids);
        Assert.DoesNotContain(theirs.Model, ids);
        Assert.DoesNotContain("ft:hidden", ids);
        Assert.DoesNotContain(mine.Checkpoints[0].Model, ids);
    }

    [Fact]
    public async Task Leaves_out_the_models_of_a_provider_that_does_not_answer()
    {
        await using var other = host.Start(("Providers:gone:BaseUrl", "http://127.0.0.1:1/v1"), ("Providers:gone:Enabled", "true"));

        var list = await host.Client(baseUrl: other.BaseUrl).GetFromJsonAsync<JsonElement>("/v1/models");

        Assert.Contains("base-1m", list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Finds_a_model_and_its_checkpoints_by_id_however_it_is_encoded(bool encoded)
    {
        var succeeded = Succeeded();
        await PublishAsync(succeeded, Guid.NewGuid());
        await Eventually.Equal(3L, () => CountAsync(succeeded));
        string Path(string id) => "/v1/models/" + (encoded ? Uri.EscapeDataString(id) : id);

        var model = await host.Client().GetFromJsonAsync<JsonElement>(Path(succeeded.Model));
        var checkpoint = await host.Client().GetFromJsonAsync<JsonElement>(Path(succeeded.Checkpoints[1].Model));

        Assert.Equal((succeeded.Model, "model", "p1", succeeded.JobId),
            (model.GetProperty("id").GetString(), model.GetProperty("object").GetString(), model.GetProperty("owned_by").GetString(), model.GetProperty("fine_tuning_job").GetString()));
        Assert.Equal((succeeded.Checkpoints[1].Model, 20), (checkpoint.GetProperty("id").GetString(), checkpoint.GetProperty("step").GetInt32()));
        Assert.Equal("base-1m", (await host.Client().GetFromJsonAsync<JsonElement>("/v1/models/base-1m")).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Finds_a_model_whose_event_never_came_at_training_and_keeps_it()
    {
        var succeeded = Succeeded();
        var checkpoint = succeeded.Checkpoints[0].Model;
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().GetAsync("/v1/models/" + checkpoint)).StatusCode);
        host.Upstream.TrainedModels[checkpoint] = JsonSerializer.Serialize(succeeded, WireJson.Options);

        Assert.Equal(HttpStatusCode.OK, (await host.Client().GetAsync("/v1/models/" + checkpoint)).StatusCode);

        // From here on the row answers, for the job's other models too.
        host.Upstream.TrainedModels.Clear();
        Assert.Equal(HttpStatusCode.OK, (await host.Client().GetAsync("/v1/models/" + succeeded.Model)).StatusCode);
        Assert.Equal(3, await CountAsync(succeeded));
    }

    [Fact]
    public async Task Says_that_it_does_not_know_while_training_is_away()
    {
        await using var other = host.Start(("services:training:http:0", "http://127.0.0.1:1"));

        var response = await host.Client(baseUrl: other.BaseUrl).GetAsync("/v1/models/" + Succeeded().Model);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
    }

    [Fact]
    public async Task Deletes_a_tuned_model_for_good_and_only_for_its_project()
    {
        var succeeded = Succeeded();
        await PublishAsync(succeeded, Guid.NewGuid());
        await Eventually.Equal(3L, () => CountAsync(succeeded));
        var path = "/v1/models/" + Uri.EscapeDataString(succeeded.Model);

        Assert.Equal(HttpStatusCode.NotFound, (await host.Client("p2").DeleteAsync(path)).StatusCode);
        var deleted = await (await host.Client().DeleteAsync(path)).Content.ReadAsStringAsync();
        Assert.Equal($$"""{"id":"{{succeeded.Model}}","object":"model","deleted":true}""", deleted);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().DeleteAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().GetAsync(path)).StatusCode);

        // A late copy of the event does not bring it back.
        await PublishAsync(succeeded, Guid.NewGuid());
        await PublishAsync(Succeeded() with { JobId = "ftjob-after" }, Guid.NewGuid());
        await Eventually.True(async () => await host.Database.ScalarAsync<long>("SELECT count(*) FROM models WHERE job_id = 'ftjob-after'") == 3, because: "a later event is consumed");
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client().GetAsync(path)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await host.Client().GetAsync("/v1/models/" + succeeded.Checkpoints[0].Model)).StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/models/no-such-model", 404)]
    [InlineData("GET", "/v1/models/%F0%9F%98%80", 404)]
    [InlineData("GET", "/v1/models/a%2Fb", 404)]
    [InlineData("DELETE", "/v1/models/base-1m", 403)]
    [InlineData("DELETE", "/v1/models/no-such-model", 404)]
    [InlineData("DELETE", "/v1/models/ft:base-1m:other:x:1", 404)]
    public async Task Refuses_with_an_error_object(string method, string path, int status)
    {
        using var answer = await host.Client().SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").TryGetProperty("message", out _));
    }

}

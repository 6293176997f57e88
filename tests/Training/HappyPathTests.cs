using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Training.Tests;

[Collection(TrainingCollection.Name)]
public class HappyPathTests
{
    private readonly TrainingSystem _system;

    public HappyPathTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    [Fact]
    public async Task A_job_goes_from_validation_to_a_model_with_checkpoints_metrics_and_a_result_file()
    {
        var created = await _system.CreateAsync(new JsonObject { ["suffix"] = "My Intent", ["metadata"] = new JsonObject { ["team"] = "blue" }, ["seed"] = 42 });
        Assert.Equal("validating_files", created.Status);
        var job = await _system.UntilEndedAsync(created.Id);

        var upstream = _system.Upstream.Live(created.Id).Single();
        var model = $"ft:base-1m:team-a:my-intent:{created.Id[^12..]}";
        Assert.Equal("succeeded", job.Status);
        Assert.Equal((model, 5768L, "local", "team-a", "My Intent", 42, (FineTuningError?)null), (job.FineTunedModel, job.TrainedTokens, job.Provider, job.OrganizationId, job.UserProvidedSuffix, job.Seed, job.Error));
        Assert.Equal("blue", job.Metadata!["team"]);
        Assert.Equal("""{"n_epochs":3,"batch_size":"auto","learning_rate_multiplier":1.8}""", job.Hyperparameters!.Value.GetRawText());
        Assert.Equal(created.Id, upstream.Request["metadata"]!["fta_job"]!.GetValue<string>());
        Assert.Null(upstream.Request["metadata"]!["team"]);

        var checkpoints = await _system.GetAsync<FineTuningJobCheckpointList>($"/{created.Id}/checkpoints");
        Assert.Equal([model, $"{model}:ckpt-step-6", $"{model}:ckpt-step-3"], checkpoints.Data.Select(checkpoint => checkpoint.FineTunedModelCheckpoint));
        Assert.Equal((checkpoints.Data[0].Id, checkpoints.Data[2].Id, false), (checkpoints.FirstId, checkpoints.LastId, checkpoints.HasMore));

        var metrics = await _system.GetAsync<JsonElement>($"/{created.Id}/metrics");
        Assert.Equal([2.0, 1.8, 1.6, 1.4, 1.2, 1.0, 0.8, 0.6, 0.4], metrics.GetProperty("data").EnumerateArray().Select(step => step.GetProperty("train_loss").GetDouble()));

        var (result, text) = _system.Datasets.Files(TrainingSystem.Project).Single(entry => entry.File.Id == Assert.Single(job.ResultFiles));
        Assert.Equal(("fine-tune-results", "step,train_loss\n1,2.0\n"), (result.Purpose, text));

        await Eventually.True(() => _system.Datasets.Succeeded.Any(message => message.JobId == created.Id), because: "the end is announced");
        var announced = _system.Datasets.Succeeded.Single(message => message.JobId == created.Id);
        Assert.Equal(("team-a", "local", "base-1m", model, upstream.Model), (announced.Project, announced.Provider, announced.BaseModel, announced.Model, announced.UpstreamModel));
        Assert.Equal(
            [new TrainedCheckpoint($"{model}:ckpt-step-3", $"{upstream.Model}:ckpt-step-3", 3), new TrainedCheckpoint($"{model}:ckpt-step-6", $"{upstream.Model}:ckpt-step-6", 6)],
            announced.Checkpoints.OrderBy(checkpoint => checkpoint.Step));
    }

    [Fact]
    public async Task Events_come_once_each_in_the_providers_order_with_our_ids()
    {
        var created = await _system.CreateAsync();
        var job = await _system.UntilEndedAsync(created.Id);
        var upstream = _system.Upstream.Live(created.Id).Single();

        var events = new List<FineTuningJobEvent>();
        for (var after = ""; ;)
        {
            var page = await _system.GetAsync<FineTuningJobEventList>($"/{created.Id}/events?limit=4{after}");
            events.AddRange(page.Data);
            if (!page.HasMore)
                break;
            after = "&after=" + page.Data[^1].Id;
        }

        events.Reverse();
        Assert.Equal(
        [
            $"Job accepted: {created.Id}", $"Checking training file {created.TrainingFile}", "The files are valid; they go to provider 'local' next",
            .. upstream.Events.Select(item => item["message"]!.GetValue<string>().Replace(upstream.Model, job.FineTunedModel).Replace(upstream.Id, created.Id)),
        ], events.Select(item => item.Message));
        Assert.All(events, item => Assert.DoesNotContain("fake", JsonSerializer.Serialize(item, WireJson.Options), StringComparison.Ordinal));
        Assert.Equal(events.Count, events.Select(item => item.Id).Distinct().Count());
    }

    [Fact]
    public async Task Events_that_appear_while_paging_are_neither_lost_nor_doubled()
    {
        var added = 0;
        _system.Upstream.Script = new JobScript(
        [
            new("running", [.. Enumerable.Range(1, 250).Select(step => FakeEvent.Step(step, 250, 1.0 / step))]),
            new("running"), new("running"), new("succeeded"),
        ]);
        _system.Upstream.BeforeEventsPage = job =>
        {
            if (added++ < 7)
                job.Add(new FakeEvent($"late {added}"));
        };
        var created = await _system.CreateAsync();
        await _system.UntilEndedAsync(created.Id);

        await using var db = _system.OpenDatabase();
        var rows = db.Events.Where(row => row.JobId == created.Id).OrderBy(row => row.Seq).ToList();
        Assert.Equal(Enumerable.Range(1, rows.Count).Select(seq => (long)seq), rows.Select(row => row.Seq));
        Assert.Equal(
            _system.Upstream.Live(created.Id).Single().Events.Select(item => item["id"]!.GetValue<string>()).Order(),
            rows.Where(row => row.UpstreamId is not null).Select(row => row.UpstreamId!).Order());
    }

    [Theory]
    [InlineData("""{"method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":10,"batch_size":3,"learning_rate_multiplier":0.3}}}}""")]
    [InlineData("""{"hyperparameters":{"n_epochs":10,"batch_size":3,"learning_rate_multiplier":0.3}}""")]
    [InlineData("""{"method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":10,"batch_size":3,"learning_rate_multiplier":0.3}}},"hyperparameters":{"n_epochs":10,"batch_size":3,"learning_rate_multiplier":0.3}}""")]
    public async Task Hyperparameters_reach_the_provider_in_either_form(string body)
    {
        var created = await _system.CreateAsync(JsonNode.Parse(body)!.AsObject());
        await _system.UntilEndedAsync(created.Id);

        const string expected = """{"n_epochs":10,"batch_size":3,"learning_rate_multiplier":0.3}""";
        Assert.Equal(expected, created.Hyperparameters!.Value.GetRawText());
        Assert.Equal($$$"""{"type":"supervised","supervised":{"hyperparameters":{{{expected}}}}}""", created.Method!.Value.GetRawText());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), _system.Upstream.Live(created.Id).Single().Request["method"]!["supervised"]!["hyperparameters"]));
    }

    [Fact]
    public async Task The_same_file_is_uploaded_once_for_two_jobs()
    {
        var file = new JsonObject { ["training_file"] = _system.AddFile() };
        var first = await _system.CreateAsync(file);
        await _system.UntilEndedAsync(first.Id);
        var second = await _system.CreateAsync(file);
        await _system.UntilEndedAsync(second.Id);

        var upstreamFile = _system.Upstream.Live(first.Id).Single().Request["training_file"]!.GetValue<string>();
        Assert.Equal(upstreamFile, _system.Upstream.Live(second.Id).Single().Request["training_file"]!.GetValue<string>());
        Assert.Equal(
            _system.Datasets.Files(TrainingSystem.Project).Single(entry => entry.File.Id == first.TrainingFile).Text,
            System.Text.Encoding.UTF8.GetString(_system.Upstream.Content(upstreamFile)));
    }

    [Fact]
    public async Task A_tuned_model_and_a_checkpoint_can_be_trained_on_by_their_project_only()
    {
        var first = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);
        var upstream = _system.Upstream.Live(first.Id).Single();

        var again = await _system.CreateAsync(model: first.FineTunedModel!);
        var fromCheckpoint = await _system.CreateAsync(model: first.FineTunedModel + ":ckpt-step-3");
        await _system.UntilEndedAsync(again.Id);
        await _system.UntilEndedAsync(fromCheckpoint.Id);

        Assert.Equal(upstream.Model, _system.Upstream.Live(again.Id).Single().Request["model"]!.GetValue<string>());
        Assert.Equal(upstream.Model + ":ckpt-step-3", _system.Upstream.Live(fromCheckpoint.Id).Single().Request["model"]!.GetValue<string>());
        using var refused = await _system.OtherClient.PostAsync("/v1/fine_tuning/jobs", Body($$"""{"model":"{{first.FineTunedModel}}","training_file":"{{_system.AddFile(TrainingSystem.OtherProject)}}"}"""));
        Assert.Contains("model_not_available", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static StringContent Body(string json) => new(json, System.Text.Encoding.UTF8, "application/json");
}

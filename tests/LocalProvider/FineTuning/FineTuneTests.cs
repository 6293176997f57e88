using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests.FineTuning;

public sealed class FineTuneTests
{
    [Fact]
    public async Task Trains_a_model_one_can_chat_with_and_shows_every_step()
    {
        await using var provider = Provider.Start();
        var training = await provider.UploadAsync(TinyModel.Examples(20));
        var validation = await provider.UploadAsync(TinyModel.Examples(5));
        var id = await provider.CreateJobAsync(training, new JsonObject
        {
            ["validation_file"] = validation,
            ["suffix"] = "Colour Names",
            ["seed"] = 7,
            ["method"] = JsonNode.Parse("""{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":5,"batch_size":4,"learning_rate_multiplier":3}}}"""),
        });

        var job = await provider.WaitForEndAsync(id);

        Assert.Equal("succeeded", (string)job["status"]!);
        var model = (string)job["fine_tuned_model"]!;
        Assert.Equal($"ft:tiny:local:colour-names:{id[^12..]}", model);
        Assert.Equal("Colour Names", (string)job["user_provided_suffix"]!);
        Assert.Equal("{}", job["error"]!.ToJsonString());
        Assert.True((long)job["trained_tokens"]! > 5 * 20 * 10, $"trained_tokens is {job["trained_tokens"]}");
        Assert.Equal("""{"n_epochs":5,"batch_size":4,"learning_rate_multiplier":3}""", job["hyperparameters"]!.ToJsonString());

        await ShowsEventsAsync(provider, id, training, model);
        await KeepsTheLastThreeCheckpointsAsync(provider, id, model);
        await WritesTheResultFileAsync(provider, (string)job["result_files"]![0]!);
        await ListsTheModelAsync(provider, model);
    }

    private static async Task ShowsEventsAsync(Provider provider, string id, string training, string model)
    {
        var events = await provider.EventsAsync(id);
        var messages = events.Where(one => (string)one["type"]! == "message").Select(one => (string)one["message"]!).ToList();
        Assert.Equal($"Created fine-tuning job: {id}", messages[0]);
        Assert.StartsWith($"Validating training file: {training}", messages[1], StringComparison.Ordinal);
        Assert.Equal("20 training examples; hyperparameters: n_epochs=5, batch_size=4, learning_rate_multiplier=3", messages[2]);
        Assert.Equal("Files validated, moving job to queued state", messages[3]);
        Assert.Equal("Fine-tuning job started", messages[4]);
        Assert.Equal([$"New fine-tuned model created: {model}", "The job has successfully completed"], messages[^2..]);

        var metrics = events.Where(one => (string)one["type"]! == "metrics").Select(one => one["data"]!.AsObject()).ToList();
        Assert.Equal(Enumerable.Range(1, 25), metrics.Select(data => (int)data["step"]!));
        Assert.All(metrics, data => Assert.Equal(25, (int)data["total_steps"]!));
        Assert.All(metrics, data => Assert.InRange((double)data["train_mean_token_accuracy"]!, 0, 1));
        Assert.True((double)metrics[^1]["train_loss"]! < (double)metrics[0]["train_loss"]!, "the loss falls");
        Assert.Equal([5, 10, 15, 20, 25], metrics.Where(data => data.ContainsKey("full_valid_loss")).Select(data => (int)data["step"]!));
        Assert.All(events, one => Assert.StartsWith("ftevent-", (string)one["id"]!, StringComparison.Ordinal));
        Assert.Equal(events.Count, events.Select(one => (string)one["id"]!).Distinct().Count());
    }

    private static async Task KeepsTheLastThreeCheckpointsAsync(Provider provider, string id, string model)
    {
        var list = await provider.GetAsync($"fine_tuning/jobs/{id}/checkpoints");
        var checkpoints = list["data"]!.AsArray();
        Assert.Equal([25, 20, 15], checkpoints.Select(one => (int)one!["step_number"]!));
        // As OpenAI has it: the last checkpoint is the fine-tuned model itself.
        Assert.Equal([model, $"{model}:ckpt-step-20", $"{model}:ckpt-step-15"], checkpoints.Select(one => (string)one!["fine_tuned_model_checkpoint"]!));
        Assert.Equal((string)checkpoints[0]!["id"]!, (string)list["first_id"]!);
        Assert.Equal((string)checkpoints[2]!["id"]!, (string)list["last_id"]!);
        Assert.Equal(20, (int)checkpoints[1]!["metrics"]!["step"]!);
        Assert.NotNull(checkpoints[1]!["metrics"]!["full_valid_mean_token_accuracy"]);
        var second = await provider.GetAsync($"fine_tuning/jobs/{id}/checkpoints?limit=1&after={(string)list["first_id"]!}");
        Assert.Equal(20, (int)second["data"]![0]!["step_number"]!);
        Assert.True((bool)second["has_more"]!);

        var answer = await provider.PostAsync("chat/completions", $$"""{"model":"{{model}}:ckpt-step-15","messages":[{"role":"user","content":"thing 1?"}],"max_completion_tokens":5}""");
        Assert.Equal($"{model}:ckpt-step-15", (string)answer["model"]!);
        Assert.Equal(["step-15", "step-20", "step-25"], Directory.GetDirectories(Path.Combine(provider.Folder, "tuned", id)).Select(Path.GetFileName).Order());
    }

    private static async Task WritesTheResultFileAsync(Provider provider, string fileId)
    {
        Assert.Equal("fine-tune-results", (string)(await provider.GetAsync($"files/{fileId}"))["purpose"]!);
        var lines = (await provider.Http.GetStringAsync($"files/{fileId}/content")).TrimEnd('\n').Split('\n');
        Assert.Equal("step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,full_valid_mean_token_accuracy", lines[0]);
        Assert.Equal(26, lines.Length);
        Assert.Matches(@"^1,\d+\.\d+,[\d.]+,,,,$", lines[1]);
        Assert.Matches(@"^25,[\d.]+,[\d.]+,[\d.]+,[\d.]+,[\d.]+,[\d.]+$", lines[25]);
    }

    private static async Task ListsTheModelAsync(Provider provider, string model)
    {
        Assert.Equal(((string[])["base-1m", "tiny", model]).Order(StringComparer.Ordinal), (await provider.GetAsync("models"))["data"]!.AsArray().Select(one => (string)one!["id"]!).Union(["base-1m"]).Order(StringComparer.Ordinal));
        var checkpoint = await provider.GetAsync($"models/{Uri.EscapeDataString(model + ":ckpt-step-20")}");
        Assert.Equal("user", (string)checkpoint["owned_by"]!);

        var again = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(10)), new JsonObject
        {
            ["model"] = model + ":ckpt-step-20",
            ["hyperparameters"] = new JsonObject { ["n_epochs"] = 1 },
        });
        var job = await provider.WaitForEndAsync(again);
        Assert.Equal($"ft:tiny:local::{again[^12..]}", (string)job["fine_tuned_model"]!);
    }

    [Fact]
    public async Task Decides_what_is_auto_and_says_so_in_an_event()
    {
        await using var provider = Provider.Start();
        var file = await provider.UploadAsync(TinyModel.Examples(12));
        var created = await provider.PostAsync("fine_tuning/jobs", $$$"""{"model":"tiny","training_file":"{{{file}}}","hyperparameters":{"n_epochs":2,"batch_size":"auto"}}""");
        Assert.Equal("""{"n_epochs":2,"batch_size":"auto","learning_rate_multiplier":"auto"}""", created["hyperparameters"]!.ToJsonString());

        var job = await provider.WaitForEndAsync((string)created["id"]!);

        Assert.Equal("""{"n_epochs":2,"batch_size":8,"learning_rate_multiplier":1}""", job["hyperparameters"]!.ToJsonString());
        Assert.Equal(job["hyperparameters"]!.ToJsonString(), job["method"]!["supervised"]!["hyperparameters"]!.ToJsonString());
        Assert.Contains("12 training examples; hyperparameters: n_epochs=2, batch_size=8 (auto, chosen for 12 examples), learning_rate_multiplier=1 (auto, chosen for 12 examples)",
            (await provider.EventsAsync((string)job["id"]!)).Select(one => (string)one["message"]!));
    }

    [Fact]
    public async Task Trains_to_the_same_figures_with_the_same_seed()
    {
        await using var provider = Provider.Start();
        var file = await provider.UploadAsync(TinyModel.Examples(12));
        var results = new List<string>();
        foreach (var seed in new[] { 3, 3, 4 })
        {
            var job = await provider.WaitForEndAsync(await provider.CreateJobAsync(file, new JsonObject { ["seed"] = seed, ["hyperparameters"] = new JsonObject { ["n_epochs"] = 2, ["batch_size"] = 4 } }));
            results.Add(await provider.Http.GetStringAsync($"files/{job["result_files"]![0]}/content"));
        }

        Assert.Equal(results[0], results[1]);
        Assert.NotEqual(results[0], results[2]);
    }
}

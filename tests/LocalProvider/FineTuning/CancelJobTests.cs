using System.Net;
using System.Text.Json.Nodes;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.LocalProvider.Tests.FineTuning;

public sealed class CancelJobTests
{
    /// <summary>50,000 steps: far longer than any test waits.</summary>
    internal static JsonObject Endless => new() { ["hyperparameters"] = new JsonObject { ["n_epochs"] = 50, ["batch_size"] = 1 } };

    [Fact]
    public async Task Stops_a_running_job_and_the_next_one_begins()
    {
        await using var provider = Provider.Start();
        var first = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(1000)), Endless);
        var second = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(10)), new JsonObject { ["hyperparameters"] = new JsonObject { ["n_epochs"] = 1 } });
        await Eventually.True(async () => (await provider.EventsAsync(first)).Exists(one => (string)one["type"]! == "metrics"), Provider.Patience, "the first job trains");
        await provider.WaitForAsync(second, "queued");
        await Eventually.True(async () => (await provider.GetJobAsync(first))["estimated_finish"] is not null, Provider.Patience, "the first job says when it expects to end");

        var cancelled = await provider.PostAsync($"fine_tuning/jobs/{first}/cancel", "{}");

        Assert.Equal("cancelled", (string)cancelled["status"]!);
        Assert.NotNull(cancelled["finished_at"]);
        Assert.Equal("succeeded", (string)(await provider.WaitForEndAsync(second))["status"]!);
        Assert.Equal("cancelled", (string)(await provider.GetJobAsync(first))["status"]!);
        // The trainer wrote nothing more about the first job: the cancel is its last event.
        Assert.Equal("The job was cancelled", (string)(await provider.EventsAsync(first)).Last(one => (string)one["type"]! == "message")["message"]!);
        Assert.Equal(HttpStatusCode.BadRequest, (await provider.SendAsync($"fine_tuning/jobs/{first}/cancel", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await provider.SendAsync($"fine_tuning/jobs/{second}/cancel", "{}")).StatusCode);
    }

    [Fact]
    public async Task A_queued_job_that_is_cancelled_never_runs()
    {
        await using var provider = Provider.Start();
        var first = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(1000)), Endless);
        var second = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(10)));
        var third = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(10)), new JsonObject { ["hyperparameters"] = new JsonObject { ["n_epochs"] = 1 } });
        await provider.WaitForAsync(first, "running");
        await provider.WaitForAsync(second, "queued");

        await provider.PostAsync($"fine_tuning/jobs/{second}/cancel", "{}");
        await provider.PostAsync($"fine_tuning/jobs/{first}/cancel", "{}");

        Assert.Equal("succeeded", (string)(await provider.WaitForEndAsync(third))["status"]!);
        Assert.DoesNotContain("Fine-tuning job started", (await provider.EventsAsync(second)).Select(one => (string)one["message"]!));
    }

    [Fact]
    public async Task Checkpoints_made_before_a_cancel_stay()
    {
        await using var provider = Provider.Start();
        var id = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(20)), Endless);
        await Eventually.True(async () => (await provider.GetAsync($"fine_tuning/jobs/{id}/checkpoints"))["data"]!.AsArray().Count > 0, Provider.Patience, "an epoch has ended");

        await provider.PostAsync($"fine_tuning/jobs/{id}/cancel", "{}");

        var model = (string)(await provider.GetAsync($"fine_tuning/jobs/{id}/checkpoints"))["data"]![0]!["fine_tuned_model_checkpoint"]!;
        await provider.PostAsync("chat/completions", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"a"}],"max_tokens":2}""");
    }

    [Fact]
    public async Task Answers_404_for_an_unknown_job()
    {
        await using var provider = Provider.Start();
        foreach (var path in new[] { "", "/events", "/checkpoints" })
            Assert.Equal(HttpStatusCode.NotFound, (await provider.Http.GetAsync($"fine_tuning/jobs/ftjob-none{path}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await provider.SendAsync("fine_tuning/jobs/ftjob-none/cancel", "")).StatusCode);
    }
}

using System.Net;
using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Training.Tests;

[Collection(TrainingCollection.Name)]
public class CancelTests
{
    private readonly TrainingSystem _system;

    public CancelTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    [Fact]
    public async Task Before_validation_it_is_cancelled_at_once_and_never_created()
    {
        _system.Datasets.IsSilent = true;
        var created = await _system.CreateAsync();
        var job = await CancelAsync(created.Id);

        Assert.Equal("cancelled", job.Status);
        Assert.NotNull(job.FinishedAt);
        await Eventually.True(() => _system.Datasets.Cancelled.Any(message => message.JobId == created.Id), because: "the cancel is announced");
        Assert.Empty(_system.Upstream.Creates(created.Id));
    }

    [Fact]
    public async Task While_queued_for_a_busy_provider_it_is_cancelled_and_never_created()
    {
        var busy = true;
        _system.Upstream.Faults.While(() => busy, "POST fine_tuning/jobs", new UpstreamFault.Answer(429));
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.StatusReason == "provider_rate_limited");
        var job = await CancelAsync(created.Id);
        busy = false;

        Assert.Equal("cancelled", job.Status);
        Assert.Empty(_system.Upstream.Creates(created.Id));
    }

    [Fact]
    public async Task While_the_create_hangs_it_is_cancelled_at_the_provider_too()
    {
        _system.Upstream.Script = JobScript.RunsForever;
        _system.Upstream.Faults.On("POST fine_tuning/jobs", UpstreamFault.CreatedThenTimeout);
        var created = await _system.CreateAsync();
        await Eventually.True(() => _system.Upstream.Creates(created.Id).Count == 1, because: "the create is under way");
        await CancelAsync(created.Id);
        var job = await _system.UntilEndedAsync(created.Id);

        Assert.Equal("cancelled", job.Status);
        Assert.Empty(_system.Upstream.Live(created.Id));
    }

    [Fact]
    public async Task While_running_it_is_cancelled_there_and_the_answer_says_so()
    {
        _system.Upstream.Script = JobScript.RunsForever;
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.Status == "running");
        var job = await CancelAsync(created.Id);

        Assert.Equal("cancelled", job.Status);
        Assert.Empty(_system.Upstream.Live(created.Id));
        Assert.Equal("cancelled", (await CancelAsync(created.Id)).Status);
    }

    [Fact]
    public async Task A_provider_that_refuses_for_a_while_is_asked_until_it_cancels()
    {
        _system.Upstream.Script = JobScript.RunsForever;
        _system.Upstream.Faults.On("POST fine_tuning/jobs/{id}/cancel", new UpstreamFault.Answer(500), new UpstreamFault.Answer(400), new UpstreamFault.Reset());
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.Status == "running");
        await CancelAsync(created.Id);

        Assert.Equal("cancelled", (await _system.UntilEndedAsync(created.Id)).Status);
        Assert.Empty(_system.Upstream.Live(created.Id));
    }

    [Fact]
    public async Task A_cancel_that_loses_the_race_ends_as_the_provider_ended_it()
    {
        _system.Upstream.Script = JobScript.RunsForever;
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.Status == "running");
        _system.Upstream.CancelLosesRace = true;
        var upstream = _system.Upstream.Live(created.Id).Single();
        upstream.Script = JobScript.Succeeds with { Moments = [.. upstream.Script.Moments, new("running"), new("succeeded")] };
        await CancelAsync(created.Id);

        var job = await _system.UntilEndedAsync(created.Id);
        Assert.Equal("succeeded", job.Status);
        Assert.NotNull(job.FineTunedModel);
    }

    [Fact]
    public async Task An_ended_job_cannot_be_cancelled()
    {
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);
        using var response = await _system.Client.PostAsync($"/v1/fine_tuning/jobs/{job.Id}/cancel", null);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Contains("\"code\":\"invalid_state\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<FineTuningJob> CancelAsync(string id)
    {
        using var response = await _system.Client.PostAsync($"/v1/fine_tuning/jobs/{id}/cancel", null);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<FineTuningJob>(text, WireJson.Options)!;
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Samples.IntentsAndSlots;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>
/// kill -9 of one part while a job runs, then that part is started again: the job ends, once (the provider saw one create), its events
/// have no gap, and every file that was accepted is there, byte for byte.
/// </summary>
public sealed class KillTests(RunningSystem system)
{
    private const int LongEpochs = 12;

    [Theory]
    [InlineData("training")]
    [InlineData("datasets")]
    [InlineData("bus")]
    [InlineData("cache")]
    [InlineData("postgres")]
    public async Task A_job_ends_once_and_no_file_is_lost_when_a_part_is_killed(string resource)
    {
        var (jobId, file, bytes) = await StartJobAsync();
        await Eventually.Value(() => system.GetAsync($"/v1/fine_tuning/jobs/{jobId}"), job => job.GetProperty("status").GetString() == "running", TimeSpan.FromSeconds(60), $"{jobId} runs");

        await system.KillAsync(resource);
        await system.StartAsync(resource);

        var job = await system.WaitForJobAsync(jobId);
        Assert.Equal("succeeded", job.GetProperty("status").GetString());
        Assert.Equal(1, await system.ProviderJobCountAsync(jobId));
        await AssertEventsCompleteAsync(jobId);
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(await system.DownloadAsync(file)));

        // The system as a whole goes on: what comes next works without a further restart.
        var next = await system.CreateJobAsync(new { model = "base-1m", training_file = file, hyperparameters = new { n_epochs = 1 } });
        Assert.Equal("succeeded", (await system.WaitForJobAsync(next)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("training")]
    [InlineData("datasets")]
    [InlineData("bus")]
    public async Task A_job_accepted_just_before_a_kill_ends_once(string resource)
    {
        var (jobId, _, _) = await StartJobAsync(epochs: 1);

        await system.KillAsync(resource);
        await system.StartAsync(resource);

        Assert.Equal("succeeded", (await system.WaitForJobAsync(jobId)).GetProperty("status").GetString());
        Assert.Equal(1, await system.ProviderJobCountAsync(jobId));
    }

    [Fact]
    public async Task A_job_whose_provider_died_fails_and_says_why()
    {
        var (jobId, _, _) = await StartJobAsync();
        await Eventually.Value(() => system.GetAsync($"/v1/fine_tuning/jobs/{jobId}"), job => job.GetProperty("status").GetString() == "running", TimeSpan.FromSeconds(60), $"{jobId} runs");

        await system.KillAsync("local-provider");
        await system.StartAsync("local-provider");

        var job = await system.WaitForJobAsync(jobId);
        Assert.Equal("failed", job.GetProperty("status").GetString());
        Assert.Equal("provider_restarted", job.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("was stopped while it was training", job.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, await system.ProviderJobCountAsync(jobId));
    }

    /// <summary>A job that trains for some seconds, so that there is time to kill something.</summary>
    private async Task<(string JobId, string File, byte[] Bytes)> StartJobAsync(int epochs = LongEpochs)
    {
        var bytes = IntentsAndSlots.ToJsonl(IntentsAndSlots.Generate(seed: 11).Train);
        var file = await system.UploadAsync(bytes, "train.jsonl");
        var job = await system.CreateJobAsync(new { model = "base-1m", training_file = file, hyperparameters = new { n_epochs = epochs, batch_size = 8 } });
        return (job, file, bytes);
    }

    /// <summary>One metrics event for every step, none twice.</summary>
    private async Task AssertEventsCompleteAsync(string jobId)
    {
        var steps = new List<int>();
        string? after = null;
        while (true)
        {
            var page = await system.GetAsync($"/v1/fine_tuning/jobs/{jobId}/events?limit=100{(after is null ? "" : $"&after={after}")}");
            foreach (var occurred in page.GetProperty("data").EnumerateArray())
            {
                after = occurred.GetProperty("id").GetString();
                if (occurred.GetProperty("type").GetString() == "metrics")
                    steps.Add(occurred.GetProperty("data").GetProperty("step").GetInt32());
            }

            if (!page.GetProperty("has_more").GetBoolean())
                break;
        }

        Assert.Equal(Enumerable.Range(1, steps.Count).Reverse(), steps);
        Assert.Equal(LongEpochs * 200 / 8, steps.Count);
    }
}

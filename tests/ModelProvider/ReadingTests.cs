using System.Text;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.ModelProvider.Tests;

public class ReadingTests
{
    private const string JobRoute = "GET fine_tuning/jobs/{id}";

    [Fact]
    public async Task Reads_a_healthy_job_with_an_empty_error_and_unknown_fields()
    {
        await using var host = await ProviderHost.StartAsync();
        host.Upstream.Faults.On(JobRoute, new UpstreamFault.Answer(200, Body: """
            {"object":"fine_tuning.job","id":"ftjob-1","model":"m","created_at":1758849616,"finished_at":null,"fine_tuned_model":null,"result_files":[],
             "status":"resting","validation_file":null,"trained_tokens":null,"error":{},"seed":1234567,"estimated_finish":0,"integrations":[],
             "metadata":null,"novel":{"a":[1]},"hyperparameters":{"n_epochs":"auto"}}
            """));

        var job = await host.Client.GetJobAsync("ftjob-1", default);

        Assert.NotNull(job);
        Assert.Equal(
            new UpstreamJob("ftjob-1", "resting", 1758849616, null, null, null, null, job.ResultFiles, job.Metadata, null, 1234567, job.Hyperparameters), job);
        Assert.Empty(job.ResultFiles);
        Assert.Empty(job.Metadata);
        Assert.Equal("""{"n_epochs":"auto"}""", job.Hyperparameters!.Value.GetRawText());
    }

    [Fact]
    public async Task Reads_the_barest_job_and_a_failed_one()
    {
        await using var host = await ProviderHost.StartAsync();
        host.Upstream.Faults.On(JobRoute, new UpstreamFault.Answer(200, Body: """{"id":"ftjob-1"}"""), new UpstreamFault.Answer(200, Body:
            """{"id":"ftjob-1","status":"failed","trained_tokens":"12","error":{"code":"invalid_n_examples","message":"too few","param":"training_file"},"result_files":[{"id":"file-9"}]}"""));

        var bare = await host.Client.GetJobAsync("ftjob-1", default);
        var failed = await host.Client.GetJobAsync("ftjob-1", default);

        Assert.Equal(("ftjob-1", "", 0L), (bare!.Id, bare.Status, bare.CreatedAt));
        Assert.Equal(new UpstreamJobError("invalid_n_examples", "too few", "training_file"), failed!.Error);
        Assert.Equal(12, failed.TrainedTokens);
        Assert.Equal(["file-9"], failed.ResultFiles);
    }

    [Fact]
    public async Task Repeats_a_read_until_it_succeeds_and_gives_up_after_four()
    {
        await using var host = await ProviderHost.StartAsync();
        host.Upstream.Faults.On(JobRoute, new UpstreamFault.Answer(503), new UpstreamFault.Reset(), new UpstreamFault.Answer(429, RetryAfter: "0"), new UpstreamFault.Answer(200, Body: """{"id":"ftjob-1","status":"running"}"""));
        Assert.Equal("running", (await host.Client.GetJobAsync("ftjob-1", default))!.Status);

        host.Upstream.Faults.On(JobRoute, [.. Enumerable.Repeat(new UpstreamFault.Answer(500, "boom", "It broke."), 4)]);
        var exception = await Assert.ThrowsAsync<ProviderException>(() => host.Client.GetJobAsync("ftjob-1", default));
        Assert.Equal((ProviderErrorKind.ServerError, "boom", "It broke."), (exception.Kind, exception.Error.Code, exception.Message));
        Assert.Equal(8, host.Upstream.Requests.Count);
    }

    [Fact]
    public async Task A_job_that_the_provider_does_not_know_is_null()
    {
        await using var host = await ProviderHost.StartAsync();
        Assert.Null(await host.Client.GetJobAsync("ftjob-none", default));
        Assert.Null(await host.Client.CancelJobAsync("ftjob-none", default));
    }

    [Fact]
    public async Task Finds_a_job_by_its_metadata_with_the_key_encoded()
    {
        await using var host = await ProviderHost.StartAsync();
        var file = await host.UploadAsync();
        await host.Client.CreateJobAsync(ProviderHost.Job("ftjob-a", file), default);
        await host.Client.CreateJobAsync(ProviderHost.Job("ftjob-b", file), default);

        var page = await host.Client.ListJobsAsync(new Dictionary<string, string> { ["fta_job"] = "ftjob-b" }, null, 100, default);

        Assert.Equal("ftjob-b", Assert.Single(page.Items).Metadata["fta_job"]);
        Assert.EndsWith("?limit=100&metadata%5Bfta_job%5D=ftjob-b", host.Upstream.Requests[^1].Path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_events_newest_first()
    {
        await using var host = await ProviderHost.StartAsync();
        var file = await host.UploadAsync();
        var job = Assert.IsType<CreateJobOutcome.Created>(await host.Client.CreateJobAsync(ProviderHost.Job(file: file), default)).Job;
        host.Upstream.Jobs[0].Add(FakeEvent.Step(1, 2, 1.5));

        var first = await host.Client.ListEventsAsync(job.Id, null, 1, default);
        var second = await host.Client.ListEventsAsync(job.Id, first.Items[0].Id, 1, default);

        Assert.Equal(("metrics", true), (first.Items[0].Type, first.HasMore));
        Assert.Equal(1.5, first.Items[0].Data!.Value.GetProperty("train_loss").GetDouble());
        Assert.Equal(("message", false, null), (second.Items[0].Type, second.HasMore, second.Items[0].Data));
    }

    [Fact]
    public async Task An_upload_is_found_again_by_name_and_is_sent_with_its_length()
    {
        await using var host = await ProviderHost.StartAsync();
        var id = await host.UploadAsync("{\"a\":1}\n");

        var found = await host.Client.FindFilesAsync("fta-0123456789abcdef-3.jsonl", "fine-tune", default);

        Assert.Equal([(id, 8L)], found.Select(file => (file.Id, file.Bytes)));
        Assert.Equal("{\"a\":1}\n", Encoding.UTF8.GetString(host.Upstream.Content(id)));
        Assert.True(host.Upstream.Requests[0].Headers.ContainsKey("Content-Length"));
    }

    [Fact]
    public async Task An_upload_is_never_repeated()
    {
        await using var host = await ProviderHost.StartAsync();
        host.Upstream.Faults.On("POST files", UpstreamFault.CreatedThen500);
        await Assert.ThrowsAsync<ProviderException>(() => host.UploadAsync());
        Assert.Single(host.Upstream.Requests);
    }

    [Fact]
    public async Task A_result_file_in_base64_is_decoded_and_a_plain_one_is_not()
    {
        await using var host = await ProviderHost.StartAsync();
        using var encoded = await host.Client.DownloadFileAsync("file-result-1", 1000, default);
        host.Upstream.Faults.On("GET files/{id}/content", new UpstreamFault.Answer(200, Body: "step,train_loss\n1,1.0\n"));
        using var plain = await host.Client.DownloadFileAsync("file-result-1", 1000, default);

        Assert.Equal("step,train_loss\n1,2.0\n", Encoding.UTF8.GetString(encoded.ToArray()));
        Assert.Equal("step,train_loss\n1,1.0\n", Encoding.UTF8.GetString(plain.ToArray()));
    }
}

using FineTuneAspire.TestKit;

namespace FineTuneAspire.Training.Tests;

/// <summary>However a create ends, exactly one job of ours stays at the provider. The provider's log is what counts.</summary>
[Collection(TrainingCollection.Name)]
public class DoubtfulCreateTests
{
    private const string Create = "POST fine_tuning/jobs";
    private readonly TrainingSystem _system;

    public DoubtfulCreateTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    [Theory]
    [InlineData("created-then-500")]
    [InlineData("created-then-reset")]
    [InlineData("created-then-timeout")]
    [InlineData("created-then-truncated")]
    public async Task A_create_that_was_carried_out_but_not_answered_is_found_and_not_repeated(string fault)
    {
        _system.Upstream.Faults.On(Create, fault switch
        {
            "created-then-500" => UpstreamFault.CreatedThen500,
            "created-then-reset" => UpstreamFault.CreatedThenReset,
            "created-then-timeout" => UpstreamFault.CreatedThenTimeout,
            _ => UpstreamFault.CreatedThenTruncated,
        });
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);

        Assert.Equal("succeeded", job.Status);
        Assert.Single(_system.Upstream.Creates(job.Id));
    }

    [Theory]
    [InlineData(3)]
    public async Task A_job_that_the_list_shows_late_is_found_where_the_list_may_lag(int lag)
    {
        _system.Upstream.ListLag = lag;
        _system.Upstream.Faults.On(Create, UpstreamFault.CreatedThen500);
        var job = await _system.UntilEndedAsync((await _system.CreateAsync(model: "other-1m")).Id);

        Assert.Equal("succeeded", job.Status);
        Assert.Single(_system.Upstream.Creates(job.Id));
    }

    [Fact]
    public async Task A_provider_that_ignores_the_filter_is_searched_page_by_page()
    {
        _system.Upstream.IgnoresMetadataFilter = true;
        _system.Upstream.Faults.On(Create, UpstreamFault.CreatedThen500);
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);

        Assert.Equal("succeeded", job.Status);
        Assert.Single(_system.Upstream.Creates(job.Id));
    }

    [Fact]
    public async Task A_create_that_was_not_carried_out_is_tried_again_where_the_list_is_consistent()
    {
        _system.Upstream.Faults.On(Create, new UpstreamFault.Answer(500), new UpstreamFault.Reset());
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);

        Assert.Equal("succeeded", job.Status);
        Assert.Single(_system.Upstream.Creates(job.Id));
        await using var db = _system.OpenDatabase();
        Assert.Equal(3, db.Jobs.Single(row => row.Id == job.Id).Attempt);
    }

    [Fact]
    public async Task Elsewhere_the_job_waits_saying_why_and_is_adopted_when_it_shows_up()
    {
        _system.Upstream.ListLag = 20;
        _system.Upstream.Faults.On(Create, UpstreamFault.CreatedThen500);
        var created = await _system.CreateAsync(model: "other-1m");

        var waiting = await _system.UntilAsync(created.Id, job => job.StatusReason == "outcome_unknown");
        Assert.Equal("queued", waiting.Status);
        var job = await _system.UntilEndedAsync(created.Id);

        Assert.Equal("succeeded", job.Status);
        Assert.Single(_system.Upstream.Creates(job.Id));
    }

    [Fact]
    public async Task Elsewhere_a_create_that_left_no_trace_is_never_repeated_and_can_be_cancelled()
    {
        _system.Upstream.Faults.On(Create, new UpstreamFault.Answer(500));
        var created = await _system.CreateAsync(model: "other-1m");
        await _system.UntilAsync(created.Id, job => job.StatusReason == "outcome_unknown");

        await _system.Client.PostAsync($"/v1/fine_tuning/jobs/{created.Id}/cancel", null);
        var job = await _system.UntilEndedAsync(created.Id);

        Assert.Equal("cancelled", job.Status);
        Assert.Empty(_system.Upstream.Creates(created.Id));
        Assert.Single(_system.Upstream.Requests, request => request.Route == Create && request.Body.Contains(created.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_job_that_shows_up_late_is_cancelled()
    {
        _system.Upstream.Script = JobScript.RunsForever;
        // The first one hides from the lists for so long that even a consistent provider's word misleads.
        _system.Upstream.ListLag = 12;
        _system.Upstream.Faults.On(Create, UpstreamFault.CreatedThen500);
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.Status == "running");

        Assert.Equal(2, _system.Upstream.Creates(created.Id).Count);
        await Eventually.True(() => _system.Upstream.Live(created.Id).Count == 1, TimeSpan.FromSeconds(20), "one of the two jobs is cancelled");
        await using var db = _system.OpenDatabase();
        Assert.Equal(_system.Upstream.Live(created.Id).Single().Id, db.Jobs.Single(row => row.Id == created.Id).UpstreamId);
    }

    [Theory]
    [InlineData(400, "model_not_available")]
    [InlineData(403, "training_not_available")]
    [InlineData(422, "bad")]
    public async Task A_definite_refusal_fails_the_job_with_its_code(int status, string code)
    {
        _system.Upstream.Faults.On(Create, new UpstreamFault.Answer(status, code, "No."));
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);

        Assert.Equal(("failed", code), (job.Status, job.Error!.Code));
        Assert.Empty(_system.Upstream.Creates(job.Id));
        await Eventually.True(() => _system.Datasets.Failed.Any(message => message.JobId == job.Id && message.Code == code), because: "the failure is announced");
    }

    [Theory]
    [InlineData(429, "provider_rate_limited")]
    [InlineData(401, "provider_unauthorized")]
    public async Task A_rate_limit_or_a_wrong_key_keeps_the_job_queued_until_it_passes(int status, string reason)
    {
        var wrong = true;
        _system.Upstream.Faults.While(() => wrong, Create, new UpstreamFault.Answer(status, "c", $"{FakeUpstream.Key} is wrong"));
        var created = await _system.CreateAsync();
        var waiting = await _system.UntilAsync(created.Id, job => job.StatusReason == reason);
        Assert.Equal("queued", waiting.Status);
        wrong = false;
        var job = await _system.UntilEndedAsync(created.Id);

        Assert.Equal(("succeeded", (string?)null), (job.Status, job.StatusReason));
        Assert.Single(_system.Upstream.Creates(job.Id));
        await using var db = _system.OpenDatabase();
        Assert.DoesNotContain(db.Events.Where(row => row.JobId == job.Id).ToList(), row => row.Message.Contains(FakeUpstream.Key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_upload_whose_answer_was_lost_is_found_and_not_sent_again()
    {
        _system.Upstream.Faults.On("POST files", UpstreamFault.CreatedThen500);
        var before = _system.Upstream.Effects.Count(effect => effect.Kind == "upload");
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);

        Assert.Equal("succeeded", job.Status);
        Assert.Equal(before + 1, _system.Upstream.Effects.Count(effect => effect.Kind == "upload"));
    }
}

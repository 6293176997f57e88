using FineTuneAspire.TestKit;

namespace FineTuneAspire.Training.Tests;

/// <summary>What a provider may do with a job that it has.</summary>
[Collection(TrainingCollection.Name)]
public class UpstreamLifeTests
{
    private readonly TrainingSystem _system;

    public UpstreamLifeTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    [Fact]
    public async Task A_job_that_fails_there_fails_here_with_its_error()
    {
        _system.Upstream.Script = JobScript.Fails("exceeded_quota", "You exceeded your quota.");
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);
        Assert.Equal(("failed", "exceeded_quota", "You exceeded your quota."), (job.Status, job.Error!.Code, job.Error.Message));
        Assert.Null(job.FineTunedModel);
    }

    [Fact]
    public async Task A_status_never_moves_back_and_an_unknown_one_changes_nothing()
    {
        _system.Upstream.Script = JobScript.RunsForever with { Moments = [new("running"), new("queued"), new("daydreaming"), new("validating_files"), new("paused")] };
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.Status == "paused");

        var upstream = _system.Upstream.Live(created.Id).Single();
        upstream.Script = upstream.Script with { Moments = [.. upstream.Script.Moments, new("running"), new("succeeded")] };
        var seen = await SeenStatusesAsync(created.Id);
        Assert.Equal("succeeded", seen[^1]);
        Assert.DoesNotContain("queued", seen);
        Assert.DoesNotContain("validating_files", seen);
    }

    [Fact]
    public async Task A_job_that_the_provider_no_longer_knows_is_lost()
    {
        _system.Upstream.Script = JobScript.RunsForever;
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.Status == "running");
        _system.Upstream.Lose(_system.Upstream.Live(created.Id).Single().Id);
        var job = await _system.UntilEndedAsync(created.Id);
        Assert.Equal(("failed", "lost"), (job.Status, job.Error!.Code));
    }

    [Fact]
    public async Task A_success_without_a_model_fails_after_some_patience()
    {
        _system.Upstream.Script = JobScript.Succeeds with { ModelSuffix = null };
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);
        Assert.Equal(("failed", "no_model"), (job.Status, job.Error!.Code));
    }

    [Fact]
    public async Task A_provider_that_answers_500_for_a_while_only_delays_the_job()
    {
        var broken = true;
        _system.Upstream.Faults.While(() => broken, "GET fine_tuning/jobs/{id}", new UpstreamFault.Answer(500));
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.StatusReason == "provider_error");
        broken = false;
        Assert.Equal("succeeded", (await _system.UntilEndedAsync(created.Id)).Status);
    }

    [Fact]
    public async Task A_rejected_file_fails_the_job_and_no_provider_hears_of_it()
    {
        _system.Datasets.Rejection = ("invalid_n_examples", "Training file has 3 example(s), but must have at least 10 examples");
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);
        Assert.Equal(("failed", "invalid_n_examples", "training_file"), (job.Status, job.Error!.Code, job.Error.Param));
        Assert.Empty(_system.Upstream.Creates(job.Id));
        Assert.DoesNotContain(_system.Upstream.Requests, request => request.Body.Contains(job.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_validation_that_nobody_answered_is_asked_for_again()
    {
        _system.Datasets.IsSilent = true;
        var created = await _system.CreateAsync();
        await Eventually.True(() => _system.Datasets.Commands.Any(command => command.JobId == created.Id), because: "the command arrives");
        _system.Datasets.IsSilent = false;
        Assert.Equal("succeeded", (await _system.UntilEndedAsync(created.Id)).Status);
    }

    [Fact]
    public async Task A_job_is_accepted_while_datasets_is_away_and_goes_on_when_it_is_back()
    {
        var file = _system.AddFile();
        _system.Datasets.IsDown = true;
        var created = await _system.CreateAsync(new() { ["training_file"] = file });
        await _system.UntilAsync(created.Id, job => job.StatusReason == "datasets_unreachable");
        _system.Datasets.IsDown = false;
        Assert.Equal("succeeded", (await _system.UntilEndedAsync(created.Id)).Status);
    }

    private async Task<List<string>> SeenStatusesAsync(string id)
    {
        var seen = new List<string>();
        await Eventually.True(async () =>
        {
            seen.Add((await _system.JobAsync(id)).Status);
            return seen[^1] is "succeeded" or "failed";
        });
        return seen;
    }
}

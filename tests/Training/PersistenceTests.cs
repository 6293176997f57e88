using FineTuneAspire.TestKit;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace FineTuneAspire.Training.Tests;

[Collection(TrainingCollection.Name)]
public class PersistenceTests
{
    private readonly TrainingSystem _system;

    public PersistenceTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    [Fact]
    public void The_model_has_no_change_without_a_migration()
    {
        using var db = _system.OpenDatabase();
        Assert.False(db.Database.HasPendingModelChanges());
    }

    [Fact]
    public async Task A_flushed_cache_changes_no_answer()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{_system.Redis},allowAdmin=true");
        var created = await _system.CreateAsync();
        var flushing = true;
        var flush = Task.Run(async () =>
        {
            while (Volatile.Read(ref flushing))
                await redis.GetDatabase().ExecuteAsync("FLUSHDB");
        });
        var job = await _system.UntilEndedAsync(created.Id);
        Volatile.Write(ref flushing, false);
        await flush;

        Assert.Equal("succeeded", job.Status);
        await using var db = _system.OpenDatabase();
        Assert.Equal(db.Jobs.Single(row => row.Id == job.Id).FineTunedModel, (await _system.JobAsync(job.Id)).FineTunedModel);
    }

    [Fact]
    public async Task An_older_state_never_replaces_a_newer_one_in_the_cache()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{_system.Redis},allowAdmin=true");
        var job = await _system.UntilEndedAsync((await _system.CreateAsync()).Id);
        var key = $"fta:job:{TrainingSystem.Project}:{job.Id}";
        await using var db = _system.OpenDatabase();
        var version = db.Jobs.Single(row => row.Id == job.Id).Version;
        // A read caches what it found, unless Redis was too slow to be waited for just then.
        await Eventually.Equal(version, async () =>
        {
            await _system.JobAsync(job.Id);
            return (long)await redis.GetDatabase().HashGetAsync(key, "v");
        });

        var late = await _system.JobAsync(job.Id) with { Status = "running" };
        await _system.Service.Services.GetRequiredService<JobCache>().PutAsync(TrainingSystem.Project, late, version - 1, CancellationToken.None);

        Assert.Equal(version, (long)await redis.GetDatabase().HashGetAsync(key, "v"));
        Assert.Equal("succeeded", (await _system.JobAsync(job.Id)).Status);
    }

    [Fact]
    public async Task Two_replicas_share_the_jobs_and_create_each_once()
    {
        await using var other = new Microsoft.AspNetCore.Mvc.Testing.WebApplicationFactory<Program>().WithWebHostBuilder(web =>
        {
            foreach (var (key, value) in _system.Settings)
                web.UseSetting(key, value);
        });
        using var client = TrainingSystem.Authorized(other.CreateClient(), _system.Key);
        var jobs = new List<string>();
        for (var i = 0; i < 10; i++)
            jobs.Add((await _system.CreateAsync(client: i % 2 == 0 ? client : null)).Id);
        foreach (var id in jobs)
        {
            Assert.Equal("succeeded", (await _system.UntilEndedAsync(id)).Status);
            Assert.Single(_system.Upstream.Creates(id));
        }
    }

    [Fact]
    public async Task A_worker_whose_lease_was_taken_changes_nothing()
    {
        _system.Upstream.Script = JobScript.RunsForever;
        var created = await _system.CreateAsync();
        await _system.UntilAsync(created.Id, job => job.Status == "running");
        await using var db = _system.OpenDatabase();
        var stale = new Reconciling.LeasedJob(db, new(created.Id, db.Jobs.AsNoTracking().Single(row => row.Id == created.Id).LeaseEpoch - 1), TimeProvider.System);
        await Assert.ThrowsAsync<Reconciling.LeaseLostException>(() => stale.ChangeAsync((job, now) => job.Fail("x", "x", null, now), default));
        Assert.Equal("running", (await _system.JobAsync(created.Id)).Status);
        await _system.Client.PostAsync($"/v1/fine_tuning/jobs/{created.Id}/cancel", null);
    }
}

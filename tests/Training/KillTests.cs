using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Training.Tests;

/// <summary>kill -9 at each point of the create protocol, then a new process: the job ends, and the provider made one job.</summary>
public class KillTests : IAsyncLifetime
{
    private readonly TrainingSystem _system = new();

    public ValueTask InitializeAsync() => _system.InitializeAsync();

    public ValueTask DisposeAsync() => _system.DisposeAsync();

    public static TheoryData<string, int> Points => new()
    {
        { "accept-after-commit", 1 },
        { "upload-before-send", 1 },
        { "upload-after-answer", 1 },
        { "create-before-commit", 1 },
        { "create-after-commit", 1 },
        { "create-after-answer", 1 },
        { "create-before-record", 1 },
        { "create-after-record", 1 },
        { "finish-before-commit", 1 },
        { "finish-after-commit", 1 },
    };

    [Theory]
    [MemberData(nameof(Points))]
    public async Task A_job_survives_a_kill_and_exists_once(string point, int nth)
    {
        var id = await CreateAndDieAsync($"{point}:{nth}:kill");
        await EndsOnceAsync(id);
    }

    [Fact]
    public async Task A_job_survives_a_kill_while_its_create_is_on_the_wire()
    {
        _system.Upstream.Faults.On("POST fine_tuning/jobs", UpstreamFault.CreatedThenTimeout);
        string id;
        await using (var service = await ServiceProcess.StartAsync(_system, null))
        {
            id = await CreateAsync(service);
            await Eventually.True(() => _system.Upstream.Creates(id).Count == 1, because: "the create is under way");
            await service.KillAsync();
        }

        await EndsOnceAsync(id);
    }

    [Fact]
    public async Task A_job_survives_a_kill_while_it_is_being_searched_for()
    {
        _system.Upstream.Faults.On("POST fine_tuning/jobs", UpstreamFault.CreatedThen500);
        var id = await CreateAndDieAsync("find-before-adopt:1:kill");
        await EndsOnceAsync(id);
    }

    private async Task<string> CreateAndDieAsync(string fault)
    {
        await using var service = await ServiceProcess.StartAsync(_system, fault);
        var id = await CreateAsync(service);
        await Eventually.True(() => service.HasExited, TimeSpan.FromSeconds(30), $"the service was killed by {fault}\n{service.Log}");
        return id;
    }

    /// <summary>The id comes from the database: a service that dies while accepting never answers.</summary>
    private async Task<string> CreateAsync(ServiceProcess service)
    {
        var file = _system.AddFile();
        using var client = service.Client(_system.Key);
        try
        {
            await client.PostAsJsonAsync("/v1/fine_tuning/jobs", new JsonObject { ["model"] = "base-1m", ["training_file"] = file });
        }
        catch (HttpRequestException)
        {
            // Killed before it answered.
        }

        await using var db = _system.OpenDatabase();
        return db.Jobs.Single(job => job.TrainingFile.Id == file).Id;
    }

    private async Task EndsOnceAsync(string id)
    {
        await using var service = await ServiceProcess.StartAsync(_system, null);
        using var client = service.Client(_system.Key);
        var job = await Eventually.Value(
            () => _system.JobAsync(id, client), job => job.Status is "succeeded" or "failed" or "cancelled", TimeSpan.FromSeconds(60), $"the job ends\n{service.Log}");
        Assert.Equal("succeeded", job.Status);
        Assert.Single(_system.Upstream.Creates(id));
        Assert.Single(_system.Upstream.Effects, effect => effect.Kind == "upload");
        Assert.Single(_system.Datasets.Files(TrainingSystem.Project), entry => entry.File.Purpose == "fine-tune-results");
        await Eventually.True(() => _system.Datasets.Succeeded.Count(message => message.JobId == id) >= 1, because: "the end is announced");
        await using var db = _system.OpenDatabase();
        var rows = db.Events.Where(row => row.JobId == id).OrderBy(row => row.Seq).ToList();
        Assert.Equal(Enumerable.Range(1, rows.Count).Select(seq => (long)seq), rows.Select(row => row.Seq));
    }
}

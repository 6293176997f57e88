using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FineTuneAspire.Training.Tests;

/// <summary>The service on real PostgreSQL, RabbitMQ and Redis, between a fake Datasets and a fake provider. Shared by the tests of this project, which run one after another.</summary>
public sealed class TrainingSystem : IAsyncLifetime
{
    public const string Project = "team-a";
    public const string OtherProject = "team-b";
    private TestVhost _vhost = null!;
    private WebApplicationFactory<Program>? _factory;

    public TestDatabase Database { get; private set; } = null!;
    public string Redis { get; private set; } = null!;
    public FakeUpstream Upstream { get; private set; } = null!;
    public FakeDatasets Datasets { get; private set; } = null!;
    public string Key { get; } = ApiKey.Generate();
    public string OtherKey { get; } = ApiKey.Generate();

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync("training");
        _vhost = await TestVhost.CreateAsync();
        Redis = await RedisDb.CreateAsync();
        Upstream = await FakeUpstream.StartAsync();
        Upstream.Models.Add("other-1m");
        Datasets = await FakeDatasets.StartAsync(_vhost.ConnectionString);
        await using var db = new TrainingDbContext(new DbContextOptionsBuilder<TrainingDbContext>().UseNpgsql(Database.ConnectionString).Options);
        await db.Database.MigrateAsync();
    }

    /// <summary>What AppHost would give the service, with short times.</summary>
    public IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["ConnectionStrings:training-db"] = Database.ConnectionString,
        ["ConnectionStrings:bus"] = _vhost.ConnectionString,
        ["ConnectionStrings:cache"] = Redis,
        ["services:datasets:http:0"] = Datasets.Url,
        ["ApiKeys:Internal"] = "internal-key",
        ["ApiKeys:Keys:0:Name"] = "a",
        ["ApiKeys:Keys:0:Project"] = Project,
        ["ApiKeys:Keys:0:Sha256"] = ApiKey.Hash(Key),
        ["ApiKeys:Keys:1:Name"] = "b",
        ["ApiKeys:Keys:1:Project"] = OtherProject,
        ["ApiKeys:Keys:1:Sha256"] = ApiKey.Hash(OtherKey),
        ["Providers:local:BaseUrl"] = Upstream.BaseUrl.ToString(),
        ["Providers:local:ApiKey"] = FakeUpstream.Key,
        ["Providers:local:ListIsConsistent"] = "true",
        ["Providers:local:Timeout"] = "00:00:01",
        ["Providers:local:Models:0"] = "base-1m",
        // The same fake, as a provider whose list may lag.
        ["Providers:other:BaseUrl"] = Upstream.BaseUrl.ToString(),
        ["Providers:other:ApiKey"] = FakeUpstream.Key,
        ["Providers:other:Timeout"] = "00:00:01",
        ["Providers:other:Models:0"] = "other-1m",
        ["Training:ShortestPoll"] = "00:00:00.030",
        ["Training:LongestPoll"] = "00:00:00.100",
        ["Training:LongestBackOff"] = "00:00:00.500",
        ["Training:SettleWindow"] = "00:00:00.600",
        ["Training:SweepEvery"] = "00:00:00.300",
        ["Training:LostAfter"] = "00:00:00.500",
        ["Training:FinishPatience"] = "00:00:01",
        ["Training:ValidationReminder"] = "00:00:01",
        ["Training:Lease"] = "00:00:03",
        ["Messaging:PollInterval"] = "00:00:00.200",
    };

    public WebApplicationFactory<Program> Service => _factory ??= new WebApplicationFactory<Program>().WithWebHostBuilder(web =>
    {
        foreach (var (key, value) in Settings)
            web.UseSetting(key, value);
    });

    public HttpClient Client => Authorized(Service.CreateClient(), Key);

    public HttpClient OtherClient => Authorized(Service.CreateClient(), OtherKey);

    public static HttpClient Authorized(HttpClient http, string key)
    {
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http;
    }

    /// <summary>Settings back to those of a healthy world; each test begins with it.</summary>
    public void Heal()
    {
        Upstream.Script = JobScript.Succeeds;
        (Upstream.ListLag, Upstream.IgnoresMetadataFilter, Upstream.CancelLosesRace, Upstream.BeforeEventsPage) = (0, false, false, null);
        (Datasets.Rejection, Datasets.IsSilent, Datasets.IsDown) = (null, false, false);
    }

    public string AddFile(string project = Project) => Datasets.AddFile(project, string.Concat(Enumerable.Range(0, 10).Select(i => $$"""{"n":"{{Guid.NewGuid()}}","i":{{i}}}""" + "\n")));

    public async Task<FineTuningJob> CreateAsync(JsonObject? more = null, string model = "base-1m", HttpClient? client = null)
    {
        var body = new JsonObject { ["model"] = model, ["training_file"] = AddFile() };
        foreach (var (name, value) in more ?? [])
            body[name] = value?.DeepClone();
        using var response = await (client ?? Client).PostAsJsonAsync("/v1/fine_tuning/jobs", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<FineTuningJob>(text, WireJson.Options)!;
    }

    public async Task<T> GetAsync<T>(string path, HttpClient? client = null) => (await (client ?? Client).GetFromJsonAsync<T>("/v1/fine_tuning/jobs" + path, WireJson.Options))!;

    public Task<FineTuningJob> JobAsync(string id, HttpClient? client = null) => GetAsync<FineTuningJob>($"/{id}", client);

    public Task<FineTuningJob> UntilAsync(string id, Func<FineTuningJob, bool> wanted, HttpClient? client = null) =>
        Eventually.Value(() => JobAsync(id, client), wanted, TimeSpan.FromSeconds(30), "the job is as wanted");

    public Task<FineTuningJob> UntilEndedAsync(string id, HttpClient? client = null) => UntilAsync(id, job => job.Status is "succeeded" or "failed" or "cancelled", client);

    public TrainingDbContext OpenDatabase() => new(new DbContextOptionsBuilder<TrainingDbContext>().UseNpgsql(Database.ConnectionString).Options);

    public async ValueTask DisposeAsync()
    {
        if (_factory is not null)
            await _factory.DisposeAsync();
        await Datasets.DisposeAsync();
        await Upstream.DisposeAsync();
        await _vhost.DisposeAsync();
        await Database.DisposeAsync();
    }
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TrainingCollection : ICollectionFixture<TrainingSystem>
{
    public const string Name = "training";
}

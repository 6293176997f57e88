using System.Net.Http.Headers;
using FineTuneAspire.Inference.Models;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.Inference.Tests;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.TestKit;
using MassTransit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(InferenceHost))]

namespace FineTuneAspire.Inference.Tests;

/// <summary>The service on a real socket, a real database and a real broker, in front of one scripted provider.</summary>
public sealed class InferenceHost : IAsyncLifetime
{
    public const string ProviderKey = "sk-CANARY-provider-key-0123456789";
    public const string InternalKey = "internal-CANARY";
    private readonly string[] _keys = [ApiKey.Generate(), ApiKey.Generate()];
    private InferenceFactory? _main;

    internal ScriptedServer Upstream { get; private set; } = null!;
    public TestDatabase Database { get; private set; } = null!;
    public TestVhost Bus { get; private set; } = null!;
    public string BaseUrl => _main!.BaseUrl;
    public IServiceProvider Services => _main!.Services;

    public async ValueTask InitializeAsync()
    {
        Upstream = await ScriptedServer.StartAsync();
        Database = await TestDatabase.CreateAsync("inference");
        Bus = await TestVhost.CreateAsync();
        await using (var db = new InferenceDb(new DbContextOptionsBuilder<InferenceDb>().UseNpgsql(Database.ConnectionString).Options))
            await db.Database.MigrateAsync();
        _main = Start();
        // An event that a test publishes before the queues are there is gone.
        var bus = Services.GetRequiredService<IBusControl>();
        await Eventually.True(() => bus.CheckHealth().Status == BusHealthStatus.Healthy, TimeSpan.FromMinutes(1), "the service listens");
    }

    public async ValueTask DisposeAsync()
    {
        if (_main is not null)
            await _main.DisposeAsync();
        await Upstream.DisposeAsync();
        await Bus.DisposeAsync();
        await Database.DisposeAsync();
    }

    /// <summary>One more process of the service beside the shared one; settings override.</summary>
    public InferenceFactory Start(params (string Key, string Value)[] settings) => new(
    [
        ("ConnectionStrings:inference-db", Database.ConnectionString),
        ("ConnectionStrings:bus", Bus.ConnectionString),
        ("services:datasets:http:0", Upstream.Url),
        ("services:training:http:0", Upstream.Url),
        ("Providers:local:BaseUrl", Upstream.Url + "/v1"),
        ("Providers:local:ApiKey", ProviderKey),
        ("Providers:away:BaseUrl", "http://127.0.0.1:1/v1"),
        ("Providers:away:Enabled", "true"),
        ("Providers:away:Models:0", "unreachable-base"),
        ("ApiKeys:Internal", InternalKey),
        ("ApiKeys:Keys:0:Name", "one"), ("ApiKeys:Keys:0:Project", "p1"), ("ApiKeys:Keys:0:Sha256", ApiKey.Hash(_keys[0])),
        ("ApiKeys:Keys:1:Name", "two"), ("ApiKeys:Keys:1:Project", "p2"), ("ApiKeys:Keys:1:Sha256", ApiKey.Hash(_keys[1])),
        ("Chat:IdleTimeout", "00:00:02"),
        ("Evaluations:PollInterval", "00:00:00.200"),
        ("Evaluations:Lease", "00:00:03"),
        ("Evaluations:Retries:0", "00:00:00.010"), ("Evaluations:Retries:1", "00:00:00.010"), ("Evaluations:Retries:2", "00:00:00.010"),
        .. settings,
    ]);

    public string Key(string project) => _keys[project == "p1" ? 0 : 1];

    public HttpClient Client(string project = "p1", string? baseUrl = null)
    {
        var http = new HttpClient { BaseAddress = new Uri(baseUrl ?? BaseUrl), Timeout = TimeSpan.FromSeconds(30) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key(project));
        return http;
    }

    /// <summary>Registers a tuned model that the scripted provider serves under an id of its own.</summary>
    internal async Task<(string Id, string Upstream)> AddModelAsync(Func<Microsoft.AspNetCore.Http.HttpContext, SeenRequest, Task>? script = null, string project = "p1", string provider = "local")
    {
        var unique = Guid.NewGuid().ToString("N");
        var (id, upstream) = ($"ft:base-1m:{project}:test:{unique}", $"ft:base-1m:up::{unique[..8]}");
        if (script is not null)
            Upstream.Chat(upstream, script);
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<InferenceDb>();
        db.Add(new TunedModel { Id = id, Project = project, Provider = provider, UpstreamModel = upstream, BaseModel = "base-1m", JobId = "ftjob-" + unique, CreatedAt = TimeProvider.System.GetUtcNow() });
        await db.SaveChangesAsync();
        return (id, upstream);
    }
}

public sealed class InferenceFactory : WebApplicationFactory<Program>
{
    private readonly (string Key, string Value)[] _settings;

    public InferenceFactory((string Key, string Value)[] settings)
    {
        _settings = settings;
        UseKestrel(0);
        StartServer();
        BaseUrl = ClientOptions.BaseAddress.ToString();
    }

    public string BaseUrl { get; }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        foreach (var (key, value) in _settings)
            builder.UseSetting(key, value);
    }
}

using FineTuneAspire.Studio.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.Testing;

[assembly: AssemblyFixture(typeof(StudioHost))]

namespace FineTuneAspire.Studio.Tests;

/// <summary>The front door on a real socket, and one server behind it for each service, which answers with its name unless a test says otherwise.</summary>
public sealed class StudioHost : IAsyncLifetime
{
    private readonly List<WebApplication> _services = [];
    private StudioFactory? _studio;

    /// <summary>By path; called with the service's name.</summary>
    public Dictionary<string, Func<HttpContext, string, Task>> Scripts { get; } = [];

    public string BaseUrl => _studio!.BaseUrl;

    public async ValueTask InitializeAsync()
    {
        var settings = new List<(string, string)> { ("Dashboard:Url", "http://127.0.0.1:9/?a=1&b=\"<"), ("ApiKeys:Internal", "internal-key") };
        foreach (var name in new[] { "datasets", "training", "inference" })
        {
            var builder = WebApplication.CreateEmptyBuilder(new());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
            var service = builder.Build();
            service.Run(context => Scripts.TryGetValue(context.Request.Path, out var script) ? script(context, name) : context.Response.WriteAsync($"{name} {context.Request.Method} {context.Request.Path}{context.Request.QueryString}"));
            await service.StartAsync();
            _services.Add(service);
            settings.Add(($"services:{name}:http:0", service.Urls.Single()));
        }

        _studio = new([.. settings]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_studio is not null)
            await _studio.DisposeAsync();
        foreach (var service in _services)
            await service.DisposeAsync();
    }

    public HttpClient Client() => new() { BaseAddress = new Uri(BaseUrl), Timeout = TimeSpan.FromSeconds(60) };
}

public sealed class StudioFactory : WebApplicationFactory<Program>
{
    private readonly (string Key, string Value)[] _settings;

    public StudioFactory((string Key, string Value)[] settings)
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

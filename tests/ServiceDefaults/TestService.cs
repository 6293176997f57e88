using System.Net.Sockets;
using System.Text.Json.Serialization;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FineTuneAspire.ServiceDefaults.Tests;

[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NoteRequest(string Text, int? Count, NoteRequest? Inner);

/// <summary>A service with nothing but the defaults and a few routes, on a real Kestrel.</summary>
internal sealed class TestService : IAsyncDisposable
{
    public const string InternalKey = "internal-key";

    private TestService(WebApplication app)
    {
        App = app;
        Http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public WebApplication App { get; }

    /// <summary>Without a key.</summary>
    public HttpClient Http { get; }

    public static async Task<TestService> StartAsync(Dictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? add = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ApiKeys:Internal"] = InternalKey });
        builder.Configuration.AddInMemoryCollection(settings ?? []);
        builder.AddServiceDefaults();
        add?.Invoke(builder);
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        MapRoutes(app.MapV1());
        await app.StartAsync();
        return new(app);
    }

    /// <summary>With a key of the project.</summary>
    public static async Task<(TestService Service, HttpClient Http)> StartWithKeyAsync(string project = "alpha", Action<WebApplicationBuilder>? add = null)
    {
        var key = ApiKey.Generate();
        var service = await StartAsync(new() { ["ApiKeys:Keys:0:Name"] = "test", ["ApiKeys:Keys:0:Project"] = project, ["ApiKeys:Keys:0:Sha256"] = ApiKey.Hash(key) }, add);
        return (service, service.WithKey(key));
    }

    public HttpClient WithKey(string key)
    {
        var http = new HttpClient { BaseAddress = Http.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return http;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
    }

    private static void MapRoutes(RouteGroupBuilder v1)
    {
        v1.MapGet("/whoami", (HttpContext context) => TypedResults.Ok(new { project = context.Project(), is_internal = context.User.IsInternal() }));
        v1.MapPost("/notes", Results<Ok<NoteRequest>, ApiError> (NoteRequest note) => TypedResults.Ok(note));
        v1.MapGet("/bug", () => { throw new InvalidOperationException("secret detail"); });
        v1.MapGet("/no-database", () => { throw new NpgsqlException("Failed to connect", new SocketException(111)); });
        v1.MapGet("/starting-database", () => { throw new PostgresException("the database system is starting up", "FATAL", "FATAL", "57P03"); });
        v1.MapGet("/wrong-query", () => { throw new PostgresException("relation does not exist", "ERROR", "ERROR", "42P01"); });
    }
}

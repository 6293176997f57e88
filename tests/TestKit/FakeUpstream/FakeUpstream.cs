using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.TestKit;

/// <param name="Kind">`create`, `cancel` or `upload`.</param>
/// <param name="Tag">The job's `fta_job`, or the file's name.</param>
public sealed record UpstreamEffect(string Kind, string Id, string? Tag);

/// <param name="Body">Empty for multipart bodies.</param>
public sealed record UpstreamRequest(string Route, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>
/// OpenAI's dialect in memory, behind real HTTP, with faults on demand. What it did, rather than what it answered, is in
/// <see cref="Effects"/>: that is what tests of "at most once" look at.
/// </summary>
public sealed partial class FakeUpstream : IAsyncDisposable
{
    public const string Key = "sk-fake-CANARY-0123456789";
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<UpstreamEffect> _effects = new();
    private readonly ConcurrentQueue<UpstreamRequest> _requests = new();
    private readonly ConcurrentDictionary<string, JsonObject> _files = new();
    private readonly ConcurrentDictionary<string, byte[]> _contents = new();
    private readonly ConcurrentDictionary<string, FakeJob> _jobs = new();
    private int _number;

    private FakeUpstream(WebApplication app) => _app = app;

    public Uri BaseUrl { get; private set; } = null!;
    public UpstreamFaults Faults { get; } = new();
    public JobScript Script { get; set; } = JobScript.Succeeds;
    public List<string> Models { get; } = ["base-1m"];
    /// <summary>A new job stays out of this many list answers.</summary>
    public int ListLag { get; set; }
    public bool IgnoresMetadataFilter { get; set; }
    public bool SendsNewFields { get; set; } = true;
    /// <summary>The cancel is answered with the job as it is, and the job succeeds all the same.</summary>
    public bool CancelLosesRace { get; set; }
    public string Answer { get; set; } = "fake answer";
    /// <summary>Sent as base64, as OpenAI does.</summary>
    public string ResultCsv { get; set; } = "step,train_loss\n1,2.0\n";
    public long Now { get; set; } = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    public IReadOnlyList<UpstreamEffect> Effects => [.. _effects];
    public IReadOnlyList<UpstreamRequest> Requests => [.. _requests];
    public IReadOnlyList<FakeJob> Jobs => [.. _jobs.Values.OrderBy(job => job.Id, StringComparer.Ordinal)];

    public IReadOnlyList<UpstreamEffect> Creates(string tag) => [.. _effects.Where(effect => effect.Kind == "create" && effect.Tag == tag)];

    /// <summary>Jobs with the tag that were not cancelled: never more than one may stay.</summary>
    public IReadOnlyList<FakeJob> Live(string tag) => [.. _jobs.Values.Where(job => job.Tag == tag && job.Status != "cancelled")];

    public byte[] Content(string fileId) => _contents[fileId];

    public static async Task<FakeUpstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var fake = new FakeUpstream(app);
        app.Map("/v1/{**path}", fake.HandleAsync);
        await app.StartAsync();
        fake.BaseUrl = new Uri(app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1");
        return fake;
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var segments = context.Request.Path.Value!["/v1/".Length..].Split('/').Select(Uri.UnescapeDataString).ToArray();
        var route = $"{context.Request.Method} {string.Join('/', segments.Select((segment, i) => IsId(segments, i) ? "{id}" : segment))}";
        var id = segments.Where((_, i) => IsId(segments, i)).FirstOrDefault();
        context.Request.EnableBuffering();
        var body = context.Request.HasFormContentType ? "" : await new StreamReader(context.Request.Body).ReadToEndAsync();
        _requests.Enqueue(new(route, context.Request.Path + context.Request.QueryString.Value, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body));

        var fault = Faults.Take(route);
        if (fault is { AfterEffect: false })
        {
            await FailAsync(context, fault, null);
            return;
        }

        var given = context.Request.Headers.Authorization.ToString();
        var answer = given == $"Bearer {Key}" || context.Request.Headers["api-key"] == Key
            ? await AnswerAsync(context, route, id, body)
            : Error(401, "Incorrect API key provided: sk-fa*****.", null, "invalid_api_key");
        if (fault is not null)
            await FailAsync(context, fault, answer.Body);
        else if (answer.Status != 0)
            await WriteAsync(context, answer.Status, answer.Body!);
    }

    private static bool IsId(string[] segments, int index) =>
        segments[0] switch { "fine_tuning" => index == 2, "files" or "models" => index == 1, _ => false };

    private static async Task FailAsync(HttpContext context, UpstreamFault fault, byte[]? body)
    {
        switch (fault)
        {
            case UpstreamFault.Answer answer:
                if (answer.RetryAfter is not null)
                    context.Response.Headers.RetryAfter = answer.RetryAfter;
                if (answer.Location is not null)
                    context.Response.Headers.Location = answer.Location;
                await WriteAsync(context, answer.Status, answer.Body is not null ? System.Text.Encoding.UTF8.GetBytes(answer.Body) : Error(answer.Status, answer.Message, null, answer.Code).Body!);
                break;
            case UpstreamFault.Reset:
                var socket = context.Features.Get<IConnectionSocketFeature>()!.Socket;
                socket.LingerState = new LingerOption(true, 0);
                context.Abort();
                break;
            case UpstreamFault.Hang:
                await Task.Delay(TimeSpan.FromMinutes(5), context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case UpstreamFault.Truncated:
                body ??= "{}"u8.ToArray();
                context.Response.ContentLength = body.Length;
                await context.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
                await context.Response.Body.FlushAsync();
                context.Abort();
                break;
        }
    }

    private static (int Status, byte[]? Body) Ok(JsonNode body) => (200, JsonSerializer.SerializeToUtf8Bytes(body));

    private static (int Status, byte[]? Body) Error(int status, string message, string? param, string? code) => (status, JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["error"] = new JsonObject { ["message"] = message, ["type"] = "invalid_request_error", ["param"] = param, ["code"] = code },
    }));

    private static (int Status, byte[]? Body) List(IEnumerable<JsonObject> newestFirst, IQueryCollection query, int defaultLimit)
    {
        var all = newestFirst.ToList();
        var skip = query.TryGetValue("after", out var after) ? all.FindIndex(item => item["id"]!.GetValue<string>() == after.ToString()) + 1 : 0;
        var limit = query.TryGetValue("limit", out var text) ? int.Parse(text.ToString(), System.Globalization.CultureInfo.InvariantCulture) : defaultLimit;
        return Ok(new JsonObject
        {
            ["object"] = "list",
            ["data"] = new JsonArray([.. all.Skip(skip).Take(limit).Select(item => item.DeepClone())]),
            ["has_more"] = all.Count > skip + limit,
        });
    }

    private static async Task WriteAsync(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    }

    private string NewId(string prefix) => $"{prefix}{Interlocked.Increment(ref _number):D6}";
}

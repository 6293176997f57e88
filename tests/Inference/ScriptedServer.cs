using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Inference.Tests;

/// <summary>A chat request as it reached the provider.</summary>
internal sealed record SeenRequest(byte[] Body, IHeaderDictionary Headers, string Path)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);
}

/// <summary>
/// A provider and a dataset service on a real socket, both scripted by the test: chat by upstream model id, files by id. Bytes go out
/// exactly as the script writes them.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<HttpContext, SeenRequest, Task>> _chat = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<SeenRequest>> _seen = new();
    private readonly ConcurrentDictionary<string, byte[]> _files = new();

    private ScriptedServer(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    public ConcurrentDictionary<string, string> Datasets { get; } = new();

    /// <summary>What Training answers for a model whose event has not arrived: the event's JSON by model id.</summary>
    public ConcurrentDictionary<string, string> TrainedModels { get; } = new();

    public static async Task<ScriptedServer> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var server = new ScriptedServer(builder.Build());
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    public void Chat(string upstreamModel, Func<HttpContext, SeenRequest, Task> script) => _chat[upstreamModel] = script;

    public IReadOnlyList<SeenRequest> Seen(string upstreamModel) => [.. _seen.GetOrAdd(upstreamModel, _ => new())];

    public void AddFile(string id, byte[] content) => _files[id] = content;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        switch (path)
        {
            case "/v1/models":
                await context.Response.WriteAsync("""{"object":"list","data":[{"id":"base-1m","object":"model","created":1700000000,"owned_by":"local"},{"id":"ft:hidden","object":"model","created":1,"owned_by":"x"}]}""");
                return;
            case "/v1/chat/completions":
                await ChatAsync(context);
                return;
            case var _ when path.StartsWith("/v1/files/", StringComparison.Ordinal):
                await FileAsync(context, path.Split('/'));
                return;
            case var _ when path.StartsWith("/v1/datasets/", StringComparison.Ordinal) && Datasets.TryGetValue(path.Split('/')[3], out var dataset):
                await context.Response.WriteAsync(dataset);
                return;
            case var _ when path.StartsWith("/internal/models/", StringComparison.Ordinal) && TrainedModels.TryGetValue(Uri.UnescapeDataString(path["/internal/models/".Length..]), out var trained):
                await context.Response.WriteAsync(trained);
                return;
            default:
                context.Response.StatusCode = 404;
                return;
        }
    }

    private async Task ChatAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        using var json = JsonDocument.Parse(body.ToArray());
        var model = json.RootElement.GetProperty("model").GetString()!;
        var seen = new SeenRequest(body.ToArray(), new HeaderDictionary(context.Request.Headers.ToDictionary()), context.Request.Path);
        _seen.GetOrAdd(model, _ => new()).Enqueue(seen);
        if (_chat.TryGetValue(model, out var script))
        {
            await script(context, seen);
            return;
        }

        context.Response.StatusCode = 404;
        await context.Response.WriteAsync($$"""{"error":{"message":"The model `{{model}}` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"} }""");
    }

    private async Task FileAsync(HttpContext context, string[] path)
    {
        if (!_files.TryGetValue(path[3], out var content) || context.Request.Headers["X-FineTune-Project"].Count == 0)
        {
            context.Response.StatusCode = 404;
            return;
        }

        if (path.Length == 5)
            await context.Response.Body.WriteAsync(content);
        else
            await context.Response.WriteAsync($$"""{"id":"{{path[3]}}","object":"file","bytes":{{content.Length}},"created_at":1700000000,"expires_at":null,"filename":"t.jsonl","purpose":"fine-tune","status":"processed","status_details":null}""");
    }
}

internal static class Scripts
{
    /// <summary>A `chat.completion` with this text.</summary>
    public static string Completion(string model, string text, string finish = "stop") =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"{{model}}","choices":[{"index":0,"message":{"role":"assistant","content":{{JsonSerializer.Serialize(text)}},"refusal":null},"finish_reason":"{{finish}}","logprobs":null}],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10} }""";

    public static string Chunk(string model, string text, string finish = "null") =>
        $$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"{{model}}","choices":[{"index":0,"delta":{"content":{{JsonSerializer.Serialize(text)}}},"finish_reason":{{finish}}}]}""";

    public static async Task WriteAsync(this HttpContext context, byte[] bytes)
    {
        await context.Response.Body.WriteAsync(bytes);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Each piece in a packet of its own.</summary>
    public static Func<HttpContext, SeenRequest, Task> Stream(params string[] pieces) => async (context, _) =>
    {
        context.Response.ContentType = "text/event-stream";
        context.Features.Get<IHttpResponseBodyFeature>()!.DisableBuffering();
        foreach (var piece in pieces)
        {
            await context.WriteAsync(System.Text.Encoding.UTF8.GetBytes(piece));
            await Task.Delay(5);
        }
    };

    public static Func<HttpContext, SeenRequest, Task> Json(string json, int status = 200) => async (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json);
    };
}

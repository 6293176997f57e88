using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.Studio.Tests;

public class FrontDoorTests(StudioHost host)
{
    [Theory]
    [InlineData("/v1/files", "datasets")]
    [InlineData("/v1/files/file-1/content", "datasets")]
    [InlineData("/v1/uploads/u/parts", "datasets")]
    [InlineData("/v1/imports/i/cancel", "datasets")]
    [InlineData("/v1/recipes/r", "datasets")]
    [InlineData("/v1/datasets?limit=2", "datasets")]
    [InlineData("/v1/fine_tuning/jobs/ftjob-1/events?after=a%26b&limit=3", "training")]
    [InlineData("/v1/estimates", "training")]
    [InlineData("/v1/base_models", "training")]
    [InlineData("/v1/recommendations", "training")]
    [InlineData("/v1/budgets", "training")]
    [InlineData("/v1/sweeps/s", "training")]
    [InlineData("/v1/chat/completions", "inference")]
    [InlineData("/v1/models", "inference")]
    [InlineData("/v1/models/ft:base-1m:p:s:1", "inference")]
    [InlineData("/v1/evaluations/eval_1/cancel", "inference")]
    [InlineData("/v1/comparisons", "inference")]
    [InlineData("/v1/releases", "inference")]
    [InlineData("/v1/monitors", "inference")]
    public async Task Routes_a_path_to_the_service_that_owns_it(string path, string service) =>
        Assert.Equal($"{service} GET {path}", await host.Client().GetStringAsync(path));

    [Theory]
    [InlineData("datasets")]
    [InlineData("training")]
    [InlineData("inference")]
    public async Task Shows_each_services_openapi_document(string service) =>
        Assert.Equal($"{service} GET /openapi/v1.json", await host.Client().GetStringAsync($"/openapi/{service}.json"));

    [Theory]
    [InlineData("/v1/nothing")]
    [InlineData("/v1/chat/other")]
    [InlineData("/v1/filesystem")]
    public async Task Answers_an_unknown_route_with_an_error_object(string path)
    {
        using var answer = await host.Client().GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("unknown_url", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Passes_the_clients_key_and_trace_on_and_strips_what_only_services_may_say()
    {
        IHeaderDictionary? seen = null;
        host.Scripts["/v1/files/headers"] = (context, _) =>
        {
            seen = new HeaderDictionary(context.Request.Headers.ToDictionary());
            context.Response.Headers.XContentTypeOptions = "nosniff";
            context.Response.Headers.CacheControl = "no-store";
            return context.Response.WriteAsync("ok");
        };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/files/headers");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer fta-key");
        request.Headers.Add("X-FineTune-Project", "somebody-else");
        request.Headers.Add("x-finetune-project", "again");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        // A client that sends its own trace context, not the one of this test process.
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = new Uri(host.BaseUrl) };

        using var answer = await client.SendAsync(request);

        Assert.Equal("Bearer fta-key", seen!.Authorization.ToString());
        Assert.False(seen.ContainsKey("X-FineTune-Project"));
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c-", seen.TraceParent.ToString());
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task Streams_an_upload_through_before_it_is_complete()
    {
        var arrived = new SemaphoreSlim(0);
        host.Scripts["/v1/files"] = async (context, _) =>
        {
            if (context.Request.Method == "GET")
            {
                await context.Response.WriteAsync($"datasets GET {context.Request.Path}");
                return;
            }

            long total = 0;
            var buffer = new byte[64 * 1024];
            for (int read; (read = await context.Request.Body.ReadAsync(buffer)) > 0; total += read)
            {
                if (total == 0)
                    arrived.Release();
            }

            await context.Response.WriteAsync($"{total}");
        };
        const int megabytes = 100;
        using var content = new PushedContent(async stream =>
        {
            var piece = new byte[1024 * 1024];
            await stream.WriteAsync(piece);
            await stream.FlushAsync();
            // The service has the first byte while the client still holds the rest.
            Assert.True(await arrived.WaitAsync(TimeSpan.FromSeconds(20)));
            for (var i = 1; i < megabytes; i++)
                await stream.WriteAsync(piece);
        });

        using var answer = await host.Client().PostAsync("/v1/files", content);

        Assert.Equal($"{megabytes * 1024L * 1024}", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refusal_reaches_a_client_that_is_still_sending(bool lengthKnown)
    {
        var path = $"/v1/uploads/{lengthKnown}";
        host.Scripts[path] = async (context, _) =>
        {
            if (!lengthKnown)
                await context.Request.Body.ReadAtLeastAsync(new byte[1024 * 1024], 1024 * 1024);
            context.Response.StatusCode = 413;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"error":{"message":"too large","type":"invalid_request_error","param":"file","code":"request_too_large"}}""");
        };
        const int length = 40 * 1024 * 1024;
        using HttpContent content = lengthKnown ? new ByteArrayContent(new byte[length]) : new PushedContent(async stream => await stream.WriteAsync(new byte[length]));

        using var answer = await host.Client().PostAsync(path, content);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("request_too_large", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Streams_events_as_they_come()
    {
        var next = new SemaphoreSlim(0);
        host.Scripts["/v1/fine_tuning/jobs/j/events"] = async (context, _) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("data: 1\n\n");
            await context.Response.Body.FlushAsync();
            await next.WaitAsync();
            await context.Response.WriteAsync("data: 2\n\n");
        };

        using var answer = await host.Client().GetAsync("/v1/fine_tuning/jobs/j/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var start = Stopwatch.GetTimestamp();

        Assert.Equal("data: 1", await reader.ReadLineAsync());
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        next.Release();
        Assert.Equal("\ndata: 2\n\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Says_which_service_is_away()
    {
        await using var studio = new StudioFactory([("services:datasets:http:0", "http://127.0.0.1:1"), ("services:training:http:0", "http://127.0.0.1:1"), ("services:inference:http:0", "http://127.0.0.1:1")]);
        using var http = new HttpClient { BaseAddress = new Uri(studio.BaseUrl) };

        using var answer = await http.GetAsync("/v1/models");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("inference service", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("message").GetString());
    }

    private sealed class PushedContent(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

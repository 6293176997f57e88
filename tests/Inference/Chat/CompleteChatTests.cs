using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.Inference.Tests.Chat;

public class CompleteChatTests(InferenceHost host)
{
    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Ask(string model, string more = "") => $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]{{more}}}""";

    private static async Task<(HttpStatusCode Status, JsonElement Error)> ErrorAsync(HttpResponseMessage response)
    {
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(member => member.Name));
        return (response.StatusCode, error);
    }

    [Fact]
    public async Task Passes_the_body_through_byte_for_byte_but_for_the_model()
    {
        var (id, upstream) = await host.AddModelAsync(Scripts.Json("{}"));
        var body = "{ \"messages\":[{\"role\":\"user\",\"content\":\"Grüße 😀 \\u00e4\"}],\t\"temperature\" : 1.0e-1,\n \"model\":\"" + id + "\", \"unknown_field\":{\"b\":1,\"a\":[ ]} }";
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(body) };
        request.Headers.Add("OpenAI-Organization", "org-of-the-client");
        request.Headers.Add("Cookie", "a=b");
        request.Headers.Add("baggage", "secret=1");

        using var answer = await host.Client().SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var seen = Assert.Single(host.Upstream.Seen(upstream));
        Assert.Equal(body.Replace(id, upstream), seen.Text);
        Assert.Equal($"Bearer {InferenceHost.ProviderKey}", seen.Headers.Authorization.ToString());
        Assert.Equal("application/json", seen.Headers.ContentType.ToString());
        Assert.DoesNotContain(seen.Headers, header => header.Key is "OpenAI-Organization" or "Cookie" or "api-key" or "X-FineTune-Project");
    }

    [Fact]
    public async Task Gives_the_answer_back_byte_for_byte_but_for_the_model()
    {
        const string upstreamAnswer = "{\n  \"id\": \"chatcmpl-1\", \"model\" : \"ft:up\", \"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"\\\"model\\\": \\u00e4\"}}], \"x\":1.0 }\n";
        var (id, _) = await host.AddModelAsync(async (context, _) =>
        {
            context.Response.Headers.SetCookie = "__cf_bm=x";
            context.Response.Headers["openai-organization"] = "org-secret";
            context.Response.Headers["cf-ray"] = "1";
            context.Response.Headers["x-request-id"] = "req_1";
            context.Response.Headers["x-ratelimit-remaining-requests"] = "7";
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(upstreamAnswer);
        });

        using var answer = await host.Client().PostAsync("/v1/chat/completions", Json(Ask(id)));

        Assert.Equal(upstreamAnswer.Replace("\"ft:up\"", $"\"{id}\""), await answer.Content.ReadAsStringAsync());
        Assert.Equal("7", answer.Headers.GetValues("x-ratelimit-remaining-requests").Single());
        Assert.DoesNotContain(answer.Headers, header => header.Key.ToLowerInvariant() is "set-cookie" or "openai-organization" or "cf-ray" or "x-request-id");
    }

    [Fact]
    public async Task Streams_each_chunk_as_it_comes_with_our_model()
    {
        var next = new SemaphoreSlim(0);
        var (id, _) = await host.AddModelAsync(async (context, _) =>
        {
            context.Response.ContentType = "text/event-stream";
            for (var i = 0; i < 3; i++)
            {
                await context.WriteAsync(Encoding.UTF8.GetBytes($"data: {Scripts.Chunk("ft:up", $"t{i} ä")}\n\n"));
                await next.WaitAsync();
            }

            await context.WriteAsync(Encoding.UTF8.GetBytes($"data: {Scripts.Chunk("ft:up", "", "\"stop\"")}\n\ndata: [DONE]\n\n"));
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(Ask(id, ",\"stream\":true")) };

        using var answer = await host.Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        for (var i = 0; i < 3; i++)
        {
            // The chunk is here while the provider still waits for us.
            Assert.Equal($"data: {Scripts.Chunk(id, $"t{i} ä")}", await reader.ReadLineAsync());
            Assert.Equal("", await reader.ReadLineAsync());
            next.Release();
        }

        Assert.Equal($"data: {Scripts.Chunk(id, "", "\"stop\"")}\n\ndata: [DONE]\n\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Ends_a_stream_that_breaks_with_an_error_and_never_with_done()
    {
        var received = new SemaphoreSlim(0);
        var (id, _) = await host.AddModelAsync(async (context, _) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.WriteAsync(Encoding.UTF8.GetBytes($"data: {Scripts.Chunk("up", "a")}\n\ndata: {{\"model\":\"up"));
            await received.WaitAsync();
            context.Abort();
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(Ask(id, ",\"stream\":true")) };

        using var answer = await host.Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        var text = await reader.ReadLineAsync() + "\n";
        received.Release();
        text += await reader.ReadToEndAsync();

        Assert.StartsWith($"data: {Scripts.Chunk(id, "a")}\n\ndata: {{\"error\":", text);
        Assert.Contains("\"code\":\"upstream_stream_broken\"", text);
        Assert.EndsWith("}\n\n", text);
        Assert.DoesNotContain("[DONE]", text);
    }

    [Fact]
    public async Task Ends_a_stream_that_stops_without_saying_why_with_an_error()
    {
        var (id, _) = await host.AddModelAsync(Scripts.Stream($"data: {Scripts.Chunk("up", "a")}\n\n"));

        using var answer = await host.Client().PostAsync("/v1/chat/completions", Json(Ask(id, ",\"stream\":true")));

        Assert.Contains("upstream_stream_broken", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Ends_a_stream_that_falls_silent_after_the_idle_time()
    {
        var (id, _) = await host.AddModelAsync(async (context, _) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.WriteAsync(Encoding.UTF8.GetBytes($"data: {Scripts.Chunk("up", "a")}\n\n"));
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        });
        var start = Stopwatch.GetTimestamp();

        using var answer = await host.Client().PostAsync("/v1/chat/completions", Json(Ask(id, ",\"stream\":true")));

        Assert.Contains("paused for too long", await answer.Content.ReadAsStringAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 1.5, 15);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Aborts_the_provider_within_a_second_when_the_client_goes_away(bool stream, bool midStream)
    {
        var (arrived, aborted) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (id, _) = await host.AddModelAsync(async (context, _) =>
        {
            if (midStream)
            {
                context.Response.ContentType = "text/event-stream";
                await context.WriteAsync(Encoding.UTF8.GetBytes($"data: {Scripts.Chunk("up", "a")}\n\n"));
            }

            arrived.SetResult();
            await using var watching = context.RequestAborted.Register(aborted.SetResult);
            await Task.WhenAny(aborted.Task, Task.Delay(10_000));
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = Json(Ask(id, stream ? ",\"stream\":true" : "")) };
        using var leaving = new CancellationTokenSource();
        var client = host.Client();

        var call = client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving.Token);
        if (midStream)
        {
            // A read that is cancelled closes the connection; a response merely disposed would first be read on for two seconds.
            var body = await (await call).Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[10]);
            call = body.CopyToAsync(Stream.Null, leaving.Token).ContinueWith(_ => new HttpResponseMessage());
        }

        await arrived.Task;
        await leaving.CancelAsync();

        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Explains_a_refused_provider_key_without_repeating_it()
    {
        var (id, _) = await host.AddModelAsync(Scripts.Json("""{"error":{"message":"Incorrect API key provided: sk-CANAR****6789","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""", 401));

        var (status, error) = await ErrorAsync(await host.Client().PostAsync("/v1/chat/completions", Json(Ask(id))));

        Assert.Equal((HttpStatusCode.BadGateway, "provider_key_refused"), (status, error.GetProperty("code").GetString()));
        Assert.DoesNotContain("CANAR", error.GetRawText());
    }

    [Fact]
    public async Task Relays_a_refusal_in_the_providers_words_with_our_model_and_without_its_account()
    {
        var (id, upstream) = await host.AddModelAsync();
        host.Upstream.Chat(upstream, async (context, _) =>
        {
            context.Response.Headers.RetryAfter = "3";
            await Scripts.Json($$"""{"error":{"message":"Rate limit reached for {{upstream}} in organization org-AbCdEf123456 with {{InferenceHost.ProviderKey}}","type":"requests","param":null,"code":"rate_limit_exceeded"} }""", 429)(context, null!);
        });

        using var answer = await host.Client().PostAsync("/v1/chat/completions", Json(Ask(id)));
        var (status, error) = await ErrorAsync(answer);

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.Equal($"Rate limit reached for {id} in organization *** with ***", error.GetProperty("message").GetString());
        Assert.Equal(("requests", "rate_limit_exceeded"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
        Assert.Equal(TimeSpan.FromSeconds(3), answer.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Gives_every_broken_answer_an_error_object()
    {
        (string Body, int Status, int Expected)[] cases =
        [
            ("<html>Bad gateway</html>", 502, 502), ("<html>hi</html>", 200, 502), ("{\"id\":\"x\",", 200, 502), ("", 200, 502),
            ("{\"error\":\"no\"}", 400, 400), ("", 500, 500), ("moved", 307, 502),
        ];
        foreach (var (body, given, expected) in cases)
        {
            var (id, _) = await host.AddModelAsync(Scripts.Json(body, given));
            var (status, _) = await ErrorAsync(await host.Client().PostAsync("/v1/chat/completions", Json(Ask(id))));
            Assert.Equal((body, expected), (body, (int)status));
        }
    }

    [Fact]
    public async Task Says_so_when_the_connection_breaks_before_the_answer_is_whole()
    {
        var (id, _) = await host.AddModelAsync(async (context, _) =>
        {
            context.Response.ContentLength = 1000;
            await context.WriteAsync("{\"id\":"u8.ToArray());
            context.Abort();
        });

        var (status, error) = await ErrorAsync(await host.Client().PostAsync("/v1/chat/completions", Json(Ask(id))));

        Assert.Equal((HttpStatusCode.BadGateway, "upstream_connection_lost"), (status, error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Answers_503_when_the_provider_cannot_be_reached()
    {
        var (status, error) = await ErrorAsync(await host.Client().PostAsync("/v1/chat/completions", Json(Ask("unreachable-base"))));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "provider_unavailable"), (status, error.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Hides_another_projects_model_as_if_it_did_not_exist()
    {
        var (id, upstream) = await host.AddModelAsync(Scripts.Json("{}"), project: "p2");
        var missing = id[..^1] + (id[^1] == '0' ? '1' : '0');

        var theirs = await (await host.Client("p1").PostAsync("/v1/chat/completions", Json(Ask(id)))).Content.ReadAsStringAsync();
        var nobodys = await (await host.Client("p1").PostAsync("/v1/chat/completions", Json(Ask(missing)))).Content.ReadAsStringAsync();

        Assert.Equal(nobodys.Replace(missing, id), theirs);
        Assert.Contains("\"code\":\"model_not_found\"", theirs);
        Assert.Empty(host.Upstream.Seen(upstream));
    }

    [Theory]
    [InlineData("\"a\\r\\nX-Evil: 1\"")]
    [InlineData("\"../../etc\"")]
    [InlineData("\"%2e%2e%2f\"")]
    [InlineData("\"a\\u0000b\"")]
    [InlineData("\"gpt\u20114\"")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Refuses_a_hostile_model_name(string value)
    {
        using var answer = await host.Client().PostAsync("/v1/chat/completions", Json($$"""{"model":{{value}},"messages":[]}"""));
        var (status, error) = await ErrorAsync(answer);

        Assert.Contains((int)status, value.Contains("%2e") ? [400, 404] : new[] { 400 });
        Assert.Equal("model", error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task Refuses_a_model_name_of_ten_kilobytes_and_a_body_over_the_limit()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Client().PostAsync("/v1/chat/completions", Json(Ask(new string('a', 10_240))))).StatusCode);

        await using var small = host.Start(("Chat:MaxRequestBytes", "2048"));
        var (status, _) = await ErrorAsync(await host.Client(baseUrl: small.BaseUrl).PostAsync("/v1/chat/completions", Json(Ask(new string('a', 10_240)))));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, status);
    }

    [Fact]
    public async Task Wants_a_key()
    {
        using var http = new HttpClient { BaseAddress = new Uri(host.BaseUrl) };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/v1/chat/completions", Json(Ask("base-1m")))).StatusCode);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", InferenceHost.ProviderKey);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/v1/chat/completions", Json(Ask("base-1m")))).StatusCode);
    }
}

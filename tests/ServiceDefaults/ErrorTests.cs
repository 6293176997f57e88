using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace FineTuneAspire.ServiceDefaults.Tests;

public sealed class ErrorTests
{
    [Theory]
    [InlineData("{", 400, "invalid_json", null)]
    [InlineData("", 400, null, null)]
    [InlineData("[]", 400, "invalid_json", null)]
    [InlineData("""{"text":"a","other":1}""", 400, "unknown_parameter", "other")]
    [InlineData("""{"text":"a","text":"b"}""", 400, "invalid_json", "text")]
    [InlineData("""{"text":7}""", 400, "invalid_json", "text")]
    [InlineData("""{"text":null}""", 400, "invalid_json", "text")]
    [InlineData("""{"text":"a","count":"7"}""", 400, "invalid_json", "count")]
    [InlineData("""{"text":"a","count":1e999}""", 400, "invalid_json", "count")]
    [InlineData("""{"text":"a","inner":{"text":[]}}""", 400, "invalid_json", "inner.text")]
    [InlineData("""{"text":"\u0000"}""", 400, "invalid_json", "text")]
    [InlineData("""{"text":"\ud800"}""", 400, "invalid_json", "text")]
    [InlineData("""{}""", 400, "invalid_json", "text")]
    public async Task Names_what_is_wrong_with_a_body(string body, int status, string? code, string? param)
    {
        var (answer, error) = await SendAsync(HttpMethod.Post, "/v1/notes", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal((code, param), (error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
        Assert.DoesNotContain("FineTuneAspire", error.GetRawText());
    }

    [Fact]
    public async Task Refuses_bytes_that_are_no_text()
    {
        var content = new ByteArrayContent([.. "{\"text\":\""u8, 0xff, 0xfe, .. "\"}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var (answer, _) = await SendAsync(HttpMethod.Post, "/v1/notes", content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Refuses_a_depth_bomb()
    {
        var body = string.Concat(Enumerable.Repeat("""{"text":"a","inner":""", 10_000));
        var (answer, _) = await SendAsync(HttpMethod.Post, "/v1/notes", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/nothing", 404, "unknown_url")]
    [InlineData("DELETE", "/v1/notes", 405, null)]
    [InlineData("GET", "/v1/whoami?after=%00", 400, "invalid_url")]
    [InlineData("GET", "/v1/bug", 500, "internal_error")]
    [InlineData("GET", "/v1/no-database", 503, "service_unavailable")]
    [InlineData("GET", "/v1/starting-database", 503, "service_unavailable")]
    [InlineData("GET", "/v1/wrong-query", 500, "internal_error")]
    public async Task Answers_with_the_error_object(string method, string url, int status, string? code)
    {
        var (answer, error) = await SendAsync(new HttpMethod(method), url);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(["message", "type", "param", "code"], error.EnumerateObject().Select(property => property.Name));
        Assert.Equal(status >= 500 ? "server_error" : "invalid_request_error", error.GetProperty("type").GetString());
        Assert.DoesNotContain("secret detail", error.GetRawText());
        Assert.Equal(status == 503, answer.Headers.RetryAfter is not null);
    }

    [Fact]
    public async Task Refuses_another_content_type()
    {
        var (answer, error) = await SendAsync(HttpMethod.Post, "/v1/notes", new StringContent("text", Encoding.UTF8, "text/plain"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Refuses_a_body_above_four_megabytes()
    {
        var body = $$"""{"text":"{{new string('x', 5 * 1024 * 1024)}}"}""";
        var (answer, error) = await SendAsync(HttpMethod.Post, "/v1/notes", new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("request_too_large", error.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Every_answer_forbids_sniffing_framing_and_caching_and_names_no_server()
    {
        var (answer, _) = await SendAsync(HttpMethod.Get, "/v1/bug");
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-store", answer.Headers.CacheControl!.ToString());
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Empty(answer.Headers.Server);
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/alive")]
    [InlineData("/openapi/v1.json")]
    public async Task Wants_no_key_for(string url)
    {
        await using var service = await TestService.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await service.Http.GetAsync(url)).StatusCode);
    }

    private static async Task<(HttpResponseMessage Answer, JsonElement Error)> SendAsync(HttpMethod method, string url, HttpContent? content = null)
    {
        var (service, http) = await TestService.StartWithKeyAsync();
        await using var _ = service;
        // A refused body is then not sent, so that the refusal can be read.
        http.DefaultRequestHeaders.ExpectContinue = content is not null;
        var answer = await http.SendAsync(new HttpRequestMessage(method, url) { Content = content });
        var body = await answer.Content.ReadAsStringAsync();
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        return (answer, JsonDocument.Parse(body).RootElement.GetProperty("error"));
    }
}

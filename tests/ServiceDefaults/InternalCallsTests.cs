using System.Net;
using FineTuneAspire.ServiceDefaults.Internal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.ServiceDefaults.Tests;

public sealed class InternalCallsTests : IAsyncLifetime
{
    private WebApplication _other = null!;
    private TestService _service = null!;
    private int _calls;
    private Func<HttpContext, int, Task> _answer = (_, _) => Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _other = builder.Build();
        _other.Run(context => _answer(context, Interlocked.Increment(ref _calls)));
        await _other.StartAsync();
        _service = await TestService.StartAsync(
            new() { ["services:datasets:http:0"] = _other.Urls.First() },
            builder => builder.Services.AddInternalHttpClient<DatasetsClient>("datasets"));
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Fact]
    public async Task Carries_the_internal_key_and_the_project_to_the_discovered_service()
    {
        var seen = "";
        _answer = (context, _) =>
        {
            seen = $"{context.Request.Headers.Authorization} {context.Request.Headers[InternalCalls.ProjectHeader]}";
            return Task.CompletedTask;
        };
        await SendAsync(HttpMethod.Get);
        Assert.Equal("Bearer internal-key alpha", seen);
    }

    [Fact]
    public async Task A_call_that_names_no_project_is_a_bug()
    {
        var client = _service.App.Services.GetRequiredService<DatasetsClient>();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.Http.GetAsync("/v1/files"));
        Assert.Equal(0, _calls);
    }

    [Fact]
    public async Task Retries_a_read_and_sends_the_headers_once_each_time()
    {
        var projects = new List<string>();
        _answer = (context, call) =>
        {
            projects.Add(context.Request.Headers[InternalCalls.ProjectHeader].ToString());
            context.Response.StatusCode = call < 3 ? 503 : 200;
            return Task.CompletedTask;
        };
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get)).StatusCode);
        Assert.Equal(["alpha", "alpha", "alpha"], projects);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task Never_repeats_a_write(string method)
    {
        _answer = (context, _) =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(new HttpMethod(method))).StatusCode);
        Assert.Equal(1, _calls);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method) =>
        await _service.App.Services.GetRequiredService<DatasetsClient>().Http.SendAsync(new HttpRequestMessage(method, "/v1/files").OnBehalfOf("alpha"));

    public sealed class DatasetsClient(HttpClient http)
    {
        public HttpClient Http => http;
    }
}

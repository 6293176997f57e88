using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.AppHost.WithoutAspire.Page;
using FineTuneAspire.AppHost.WithoutAspire.Traces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FineTuneAspire.AppHost.Tests;

/// <summary>What OpenTelemetry's own exporter sends arrives as a tree.</summary>
public sealed class TracesTests : IAsyncLifetime
{
    private readonly string _sourceName = $"test-{Guid.NewGuid():N}";
    private WebApplication _receiver = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        RunnerPage.AddServices(builder.Services);
        _receiver = builder.Build();
        _receiver.UseRequestDecompression();
        _receiver.MapOtlp(new TraceStore());
        await _receiver.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_receiver.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Spans_become_a_tree_with_attributes_events_errors_and_durations()
    {
        var traceId = Export("store", source =>
        {
            using var root = source.StartActivity("POST /files", ActivityKind.Server)!;
            using (var first = source.StartActivity("write")!)
                first.SetTag("bytes", 42L).SetTag("names", new[] { "a", "b" }).SetTag("ratio", 0.5).SetTag("ok", true).AddEvent(new ActivityEvent("synced"));
            using (var second = source.StartActivity("commit", ActivityKind.Client)!)
                second.SetStatus(ActivityStatusCode.Error, "disk <full>");
            return root.TraceId;
        });

        var tree = await _client.GetFromJsonAsync<JsonElement>($"/api/traces/{traceId}");
        var spans = tree.GetProperty("spans").EnumerateArray().ToList();

        Assert.Equal(["POST /files", "write", "commit"], spans.Select(span => span.GetProperty("name").GetString()));
        Assert.Equal([0, 1, 1], spans.Select(span => span.GetProperty("depth").GetInt32()));
        Assert.Equal(["server", "internal", "client"], spans.Select(span => span.GetProperty("kind").GetString()));
        Assert.Equal("store", Assert.Single(tree.GetProperty("services").EnumerateArray()).GetString());
        Assert.Equal(3, tree.GetProperty("span_count").GetInt32());
        Assert.Equal("""{"bytes":"42","names":"[a, b]","ratio":"0.5","ok":"true"}""", spans[1].GetProperty("attributes").GetRawText());
        Assert.Equal("synced", spans[1].GetProperty("events")[0].GetProperty("name").GetString());
        Assert.Equal("disk <full>", spans[2].GetProperty("error").GetString());
        Assert.All(spans, span => Assert.InRange(span.GetProperty("duration_ms").GetDouble(), 0, spans[0].GetProperty("duration_ms").GetDouble()));
    }

    [Fact]
    public async Task Traces_tied_by_a_link_are_shown_together_from_either_end()
    {
        ActivityContext cause = default;
        var first = Export("training", source =>
        {
            using var create = source.StartActivity("create job")!;
            cause = create.Context;
            return create.TraceId;
        });
        var second = Export("worker", source =>
        {
            using var tick = source.StartActivity("reconcile", ActivityKind.Internal, default(ActivityContext), links: [new ActivityLink(cause)])!;
            return tick.TraceId;
        });

        foreach (var end in new[] { first, second })
        {
            var tree = await _client.GetFromJsonAsync<JsonElement>($"/api/traces/{end}?linked=true");
            Assert.Equal(2, tree.GetProperty("span_count").GetInt32());
            Assert.Equal(["training", "worker"], tree.GetProperty("services").EnumerateArray().Select(service => service.GetString()));
        }

        var alone = await _client.GetFromJsonAsync<JsonElement>($"/api/traces/{second}");
        Assert.Equal(1, alone.GetProperty("span_count").GetInt32());
        Assert.Equal($"{first}", alone.GetProperty("spans")[0].GetProperty("links")[0].GetProperty("trace_id").GetString());
    }

    [Fact]
    public async Task A_gzipped_request_is_taken()
    {
        using var body = new MemoryStream();
        await using (var gzip = new GZipStream(body, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(OneSpan());
        using var content = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-protobuf"), ContentEncoding = { "gzip" } } };

        using var answer = await _client.PostAsync("/v1/traces", content);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/x-protobuf", answer.Content.Headers.ContentType?.MediaType);
        var tree = await _client.GetFromJsonAsync<JsonElement>($"/api/traces/{new string('1', 32)}");
        Assert.Equal("hi", tree.GetProperty("spans")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("application/x-protobuf", HttpStatusCode.BadRequest)]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_body_that_is_not_protobuf_is_refused(string type, HttpStatusCode expected)
    {
        using var content = new ByteArrayContent("not protobuf"u8.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

        Assert.Equal(expected, (await _client.PostAsync("/v1/traces", content)).StatusCode);
    }

    [Fact]
    public void Every_cut_of_a_request_is_refused_or_read_and_never_crashes()
    {
        var whole = OneSpan();
        for (var length = 1; length < whole.Length; length++)
            Assert.Throws<InvalidDataException>(() => OtlpTraces.Decode(whole.AsSpan(0, length)));
    }

    [Fact]
    public void A_value_nested_a_thousand_deep_is_cut()
    {
        byte[] value = [0x0A, 0x01, (byte)'x'];
        for (var i = 0; i < 1_000; i++)
            value = Field(5, Field(1, value));
        var request = Field(1, Field(2, Field(2, [.. Span(), .. Field(9, [.. Field(1, "deep"u8.ToArray()), .. Field(2, value)])])));

        Assert.StartsWith("[[[[", Assert.Single(OtlpTraces.Decode(request)).Attributes["deep"], StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_is_bounded_and_the_trace_heard_of_longest_ago_goes_first()
    {
        var store = new TraceStore(mostSpans: 10, mostSpansOfTrace: 3);
        for (var i = 0; i < 100; i++)
            store.Add([new Span($"trace{i % 20}", $"{i}", null, "s", "", "n", "internal", (ulong)i, (ulong)i, null, new Dictionary<string, string>(), [], [new SpanLink("elsewhere", "x")])]);

        Assert.InRange(store.List(1_000).Sum(trace => trace.SpanCount), 1, 10);
        Assert.NotNull(store.Find("trace19", linked: false));
        Assert.Null(store.Find("trace0", linked: true));
    }

    /// <summary>Sends what the activities make, and returns when it was taken.</summary>
    private ActivityTraceId Export(string service, Func<ActivitySource, ActivityTraceId> act)
    {
        using var source = new ActivitySource(_sourceName + service);
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(source.Name).ConfigureResource(resource => resource.Clear().AddService(service))
            .AddOtlpExporter(options =>
            {
                options.Endpoint = new Uri(_client.BaseAddress!, "/v1/traces");
                options.Protocol = OtlpExportProtocol.HttpProtobuf;
            }).Build();
        var id = act(source);
        Assert.True(provider.ForceFlush(20_000));
        return id;
    }

    private static byte[] OneSpan() => Field(1, Field(2, Field(2, Span())));

    private static byte[] Span() => [
        .. Field(1, Enumerable.Repeat((byte)0x11, 16).ToArray()), .. Field(2, Enumerable.Repeat((byte)0x22, 8).ToArray()), .. Field(5, "hi"u8.ToArray())];

    /// <summary>A protobuf field with a length.</summary>
    private static byte[] Field(int number, byte[] content)
    {
        var bytes = new List<byte> { (byte)((number << 3) | 2) };
        for (var length = content.Length; ; length >>= 7)
        {
            bytes.Add((byte)(length > 0x7F ? (length & 0x7F) | 0x80 : length));
            if (length <= 0x7F)
                break;
        }

        return [.. bytes, .. content];
    }
}

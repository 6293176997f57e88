using System.Diagnostics;
using System.Text.Json.Nodes;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.ModelProvider.Tests;

public class CreateJobTests
{
    private const string Route = "POST fine_tuning/jobs";

    [Fact]
    public async Task Sends_the_supervised_method_with_what_is_set_and_nothing_else()
    {
        await using var host = await ProviderHost.StartAsync();
        var file = await host.UploadAsync();

        var outcome = await host.Client.CreateJobAsync(ProviderHost.Job(file: file), default);

        Assert.IsType<CreateJobOutcome.Created>(outcome);
        var sent = JsonNode.Parse(host.Upstream.Requests.Single(request => request.Route == Route).Body);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"model":"base-1m","training_file":"FILE","suffix":"sfx","seed":7,
             "method":{"type":"supervised","supervised":{"hyperparameters":{"n_epochs":10,"learning_rate_multiplier":0.3}}},
             "metadata":{"fta_job":"ftjob-ours","fta_install":"test"}}
            """.Replace("FILE", file, StringComparison.Ordinal)), sent), sent!.ToJsonString());
    }

    public static TheoryData<string, string> Faults => new()
    {
        { "created-then-500", nameof(CreateJobOutcome.Unknown) },
        { "created-then-reset", nameof(CreateJobOutcome.Unknown) },
        { "created-then-timeout", nameof(CreateJobOutcome.Unknown) },
        { "created-then-truncated", nameof(CreateJobOutcome.Unknown) },
        { "500", nameof(CreateJobOutcome.Unknown) },
        { "502-html", nameof(CreateJobOutcome.Unknown) },
        { "200-html", nameof(CreateJobOutcome.Unknown) },
        { "429", nameof(CreateJobOutcome.NotSent) },
        { "400", nameof(CreateJobOutcome.DefinitelyRefused) },
        { "401", nameof(CreateJobOutcome.DefinitelyRefused) },
        { "403", nameof(CreateJobOutcome.DefinitelyRefused) },
        { "422", nameof(CreateJobOutcome.DefinitelyRefused) },
        { "307", nameof(CreateJobOutcome.DefinitelyRefused) },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Sends_one_request_and_names_its_outcome(string fault, string expected)
    {
        await using var host = await ProviderHost.StartAsync();
        var file = await host.UploadAsync();
        host.Upstream.Faults.On(Route, Fault(fault), new UpstreamFault.Answer(500), new UpstreamFault.Answer(500));

        var outcome = await host.Client.CreateJobAsync(ProviderHost.Job(file: file), default);

        Assert.Equal(expected, outcome.GetType().Name);
        Assert.Single(host.Upstream.Requests, request => request.Route == Route);
    }

    [Fact]
    public async Task Refused_connection_and_unknown_host_are_not_sent()
    {
        foreach (var url in new[] { "http://127.0.0.1:1/v1", "http://no-such-host.invalid/v1" })
        {
            using var host = ProviderHost.Build(("Providers:fake:BaseUrl", url), ("Providers:fake:ApiKey", "k"));
            var providers = (IProviders)host.Services.GetService(typeof(IProviders))!;

            var outcome = await providers.FineTuning("fake").CreateJobAsync(ProviderHost.Job(), default);

            var error = Assert.IsType<CreateJobOutcome.NotSent>(outcome).Error;
            Assert.Equal(ProviderErrorKind.Unreachable, error.Kind);
        }
    }

    [Fact]
    public async Task A_rate_limit_carries_its_delay_capped()
    {
        await using var host = await ProviderHost.StartAsync();
        foreach (var (asked, expected) in new[] { ("2", 2), ("86400", 60) })
        {
            host.Upstream.Faults.On(Route, new UpstreamFault.Answer(429, "rate_limit_exceeded", RetryAfter: asked));
            var outcome = Assert.IsType<CreateJobOutcome.NotSent>(await host.Client.CreateJobAsync(ProviderHost.Job(), default));
            Assert.Equal(TimeSpan.FromSeconds(expected), outcome.Error.RetryAfter);
        }
    }

    [Fact]
    public async Task An_error_that_repeats_the_key_is_not_relayed()
    {
        await using var host = await ProviderHost.StartAsync();
        host.Upstream.Faults.On(Route, UpstreamFault.WrongKey, new UpstreamFault.Answer(400, "bad", $"You sent {FakeUpstream.Key}."));

        var unauthorized = Assert.IsType<CreateJobOutcome.DefinitelyRefused>(await host.Client.CreateJobAsync(ProviderHost.Job(), default));
        var refused = Assert.IsType<CreateJobOutcome.DefinitelyRefused>(await host.Client.CreateJobAsync(ProviderHost.Job(), default));

        Assert.Equal("Provider 'fake' does not accept its API key. Set Providers:fake:ApiKey and restart the service.", unauthorized.Error.Message);
        Assert.Equal("You sent ***.", refused.Error.Message);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var host = await ProviderHost.StartAsync();
        await using var elsewhere = await FakeUpstream.StartAsync();
        host.Upstream.Faults.On(Route, new UpstreamFault.Answer(307, Location: elsewhere.BaseUrl + "/fine_tuning/jobs"));

        await host.Client.CreateJobAsync(ProviderHost.Job(), default);

        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task Emits_a_client_span_in_the_words_of_the_conventions()
    {
        await using var host = await ProviderHost.StartAsync();
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ProviderTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        host.Upstream.Faults.On(Route, new UpstreamFault.Answer(400, "model_not_available", "no"));

        await host.Client.CreateJobAsync(ProviderHost.Job(), default);

        var span = spans.Single(span => Equals(span.GetTagItem("server.port"), host.Upstream.BaseUrl.Port) && span.OperationName.StartsWith("create", StringComparison.Ordinal));
        Assert.Equal("create_fine_tuning_job base-1m", span.DisplayName);
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal(
            [("error.type", "model_not_available"), ("fta.provider", "fake"), ("gen_ai.operation.name", "create_fine_tuning_job"), ("gen_ai.provider.name", "fake"), ("gen_ai.request.model", "base-1m"), ("server.address", "127.0.0.1")],
            span.TagObjects.Where(tag => tag.Key != "server.port").OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => (tag.Key, (string)tag.Value!)));
    }

    private static UpstreamFault Fault(string name) => name switch
    {
        "created-then-500" => UpstreamFault.CreatedThen500,
        "created-then-reset" => UpstreamFault.CreatedThenReset,
        "created-then-timeout" => UpstreamFault.CreatedThenTimeout,
        "created-then-truncated" => UpstreamFault.CreatedThenTruncated,
        "502-html" => new UpstreamFault.Answer(502, Body: "<html>Bad gateway</html>"),
        "200-html" => new UpstreamFault.Answer(200, Body: "<html>Hello</html>"),
        "401" => UpstreamFault.WrongKey,
        "403" => UpstreamFault.TrainingNotAvailable,
        _ => new UpstreamFault.Answer(int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)),
    };
}

using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace FineTuneAspire.ServiceDefaults.Tests;

public class StorySamplerTests
{
    private static readonly ActivityContext Recorded = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);
    private static readonly ActivityContext NotRecorded = new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);

    [Fact]
    public void Drops_a_call_that_nothing_asked_for_and_keeps_it_under_a_recorded_parent()
    {
        Assert.Equal(SamplingDecision.Drop, Decide(default, ActivityKind.Client));
        Assert.Equal(SamplingDecision.RecordAndSample, Decide(Recorded, ActivityKind.Client));
    }

    [Fact]
    public void Begins_a_trace_for_requests_messages_and_ticks_and_follows_the_caller()
    {
        Assert.All([ActivityKind.Server, ActivityKind.Consumer, ActivityKind.Internal], kind => Assert.Equal(SamplingDecision.RecordAndSample, Decide(default, kind)));
        Assert.Equal(SamplingDecision.Drop, Decide(NotRecorded, ActivityKind.Server));
    }

    [Fact]
    public void Honours_the_configured_sampler_for_roots()
    {
        Assert.Equal(SamplingDecision.Drop, Decide(default, ActivityKind.Server, ("OTEL_TRACES_SAMPLER", "always_off")));
        Assert.Equal(SamplingDecision.Drop, Decide(default, ActivityKind.Server, ("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")));
        var refused = Assert.Throws<InvalidOperationException>(() => Decide(default, ActivityKind.Server, ("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "many")));
        Assert.Contains("OTEL_TRACES_SAMPLER_ARG", refused.Message, StringComparison.Ordinal);
    }

    private static SamplingDecision Decide(ActivityContext parent, ActivityKind kind, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(setting => setting.Key, setting => (string?)setting.Value)).Build();
        return new StorySampler(configuration).ShouldSample(new SamplingParameters(parent, ActivityTraceId.CreateRandom(), "call", kind)).Decision;
    }
}

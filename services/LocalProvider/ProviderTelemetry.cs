using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace FineTuneAspire.LocalProvider;

/// <summary>
/// Spans and metrics of this process; ids and numbers only, never a word of a prompt or an example. A run is a trace of its own with a
/// link to the request that created the job: it may start long after that request, and no span of it is longer than an epoch.
/// </summary>
internal static class ProviderTelemetry
{
    public const string Name = "FineTuneAspire.LocalProvider";
    public const string ProviderName = "fine_tune_aspire.local";

    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    // Names and buckets of OpenTelemetry's GenAI conventions, v1.41.
    public static readonly Histogram<double> RequestDuration = Meter.CreateHistogram(
        "gen_ai.server.request.duration", "s", "Duration of a chat completion, streamed or not.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });

    public static readonly Histogram<double> TimeToFirstToken = Meter.CreateHistogram(
        "gen_ai.server.time_to_first_token", "s", "Time from the request to the first token of the answer.", tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });

    /// <summary>A root span about a job, tied by a link to the request that created it.</summary>
    public static Activity? StartJobSpan(string name, string jobId, string? traceParent, string model)
    {
        ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var creator);
        var activity = Source.StartActivity(name, ActivityKind.Internal, parentContext: default, links: creator == default ? null : [new ActivityLink(creator)]);
        activity?.SetTag("fta.job.id", jobId);
        activity?.SetTag("gen_ai.request.model", model);
        return activity;
    }
}

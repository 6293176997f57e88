using System.Diagnostics;
using System.Diagnostics.Metrics;
using FineTuneAspire.Training.Jobs;

namespace FineTuneAspire.Training;

/// <summary>
/// A job is a set of short traces: the request that made it, and one per step of the loop that changed something, tied by links. No span
/// lives for hours, so a crash loses none. The step that creates the job at the provider belongs to the request's own trace.
/// </summary>
internal static class TrainingTelemetry
{
    public const string SourceName = "FineTuneAspire.Training";
    private static readonly ActivitySource Source = new(SourceName);
    private static readonly Meter Meter = new(SourceName);

    private static readonly Histogram<double> JobDuration = Meter.CreateHistogram<double>("fta.job.duration", "s", "From acceptance to the end of a job.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 5, 15, 30, 60, 300, 900, 3600, 14400, 86400] });
    private static readonly Counter<long> UnknownCreates = Meter.CreateCounter<long>("fta.upstream.unknown_creates", "{create}", "Creates at a provider whose outcome was not known.");

    /// <summary>As a child of the request that made the job.</summary>
    public static Activity? StartCreating(Job job) => Start("create job upstream", job, Parent(job), links: null);

    /// <summary>As the root of its own trace, linked to the request that made the job.</summary>
    public static Activity? StartReconciling(Job job) => Start("reconcile job", job, default, Parent(job) is { TraceId: var id } parent && id != default ? [new ActivityLink(parent)] : null);

    /// <summary>What is done inside is not recorded: looks that find nothing would drown the rest.</summary>
    public static Activity Quiet(string name)
    {
        Activity.Current = null;
        return new Activity(name).SetIdFormat(ActivityIdFormat.W3C).Start();
    }

    public static void Ended(Job job, string outcome) =>
        JobDuration.Record((job.FinishedAt!.Value - job.CreatedAt).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

    public static void DoubtedCreate(string provider) => UnknownCreates.Add(1, new KeyValuePair<string, object?>("fta.provider", provider));

    private static Activity? Start(string name, Job job, ActivityContext parent, ActivityLink[]? links)
    {
        // Without a parent the new span must be a root, not a child of the quiet look around it.
        Activity.Current = null;
        var activity = Source.StartActivity(name, ActivityKind.Internal, parent, links: links);
        activity?.SetTag("fta.job.id", job.Id);
        activity?.SetTag("fta.state.from", job.State.ToString());
        return activity;
    }

    private static ActivityContext Parent(Job job) => ActivityContext.TryParse(job.TraceParent, null, isRemote: true, out var context) ? context : default;
}

using System.Collections.Concurrent;
using System.Diagnostics;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Messaging.Tests;

public sealed class TraceTests : MessagingTest
{
    [Fact]
    public async Task The_consumer_runs_in_the_trace_of_the_request_that_wrote_the_row()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var request = new ActivitySource("TraceTests");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "MassTransit" or "FineTuneAspire.Messaging" or "TraceTests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var ledger = await StartAsync();

        ActivityTraceId trace;
        using (var root = request.StartActivity("POST /entries", ActivityKind.Server)!)
        {
            trace = root.TraceId;
            await ledger.WriteAsync("one");
        }

        await ledger.EffectsBecome("one");
        Assert.Equal(trace.ToString(), await ledger.Do(async db => (await Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.SingleAsync(db.Effects)).TraceId));
        await Eventually.Equal(
            "POST /entries > outbox relay EntryWritten > FineTuneAspire.Messaging.Tests:EntryWritten send > tests-count-entry receive > tests-count-entry process",
            () => Task.FromResult(Chain([.. spans.Where(span => span.TraceId == trace)])));
    }

    private static string Chain(List<Activity> spans)
    {
        var names = new List<string>();
        for (var span = spans.Find(candidate => candidate.ParentSpanId == default); span is not null; span = spans.Find(candidate => candidate.ParentSpanId == span.SpanId))
            names.Add(span.DisplayName);
        return string.Join(" > ", names);
    }
}

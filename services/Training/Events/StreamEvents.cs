using System.Text;
using System.Text.Json;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Events;

/// <summary>
/// Server-sent events of one job: `id` is the event's id, `data` its object. The stream reads rows by their number, so it can neither
/// skip nor repeat one; wake-ups only make it sooner. It ends after the last event of an ended job; a client that comes back then
/// gets 204, which tells a browser to stop.
/// </summary>
internal static class StreamEvents
{
    private const int Batch = 200;
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LookAtLeastEvery = TimeSpan.FromSeconds(1);

    /// <param name="cancellationToken">Ends the stream, also in its middle: a client that left, or a process that stops.</param>
    public static async Task<IResult> Handle(
        string jobId, long after, HttpContext context, TrainingDbContext db, JobChanges changes, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteUntilEndAsync(jobId, after, context, db, changes, clock, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && context.Response.HasStarted)
        {
            return TypedResults.Empty;
        }
    }

    private static async Task<IResult> WriteUntilEndAsync(
        string jobId, long after, HttpContext context, TrainingDbContext db, JobChanges changes, TimeProvider clock, CancellationToken cancellationToken)
    {
        var response = context.Response;
        var started = false;
        var lastWrite = clock.GetTimestamp();
        while (true)
        {
            var changed = changes.NextAsync(jobId);
            // The state is read before the events: whatever an ended job has to tell is committed with its end.
            var state = await db.Jobs.AsNoTracking().Where(job => job.Id == jobId).Select(job => job.State).SingleAsync(cancellationToken);
            var ended = state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;
            var events = await db.Events.AsNoTracking().Where(e => e.JobId == jobId && e.Seq > after).OrderBy(e => e.Seq).Take(Batch).ToListAsync(cancellationToken);
            if (!started)
            {
                if (ended && events.Count == 0)
                    return TypedResults.NoContent();
                response.ContentType = "text/event-stream; charset=utf-8";
                // Proxies that buffer would hold events back.
                response.Headers["X-Accel-Buffering"] = "no";
                await response.StartAsync(cancellationToken);
                started = true;
            }

            if (events.Count > 0)
            {
                await WriteAsync(response, events, cancellationToken);
                after = events[^1].Seq;
                lastWrite = clock.GetTimestamp();
                if (events.Count == Batch)
                    continue;
            }

            if (ended)
                return TypedResults.Empty;
            if (clock.GetElapsedTime(lastWrite) >= Heartbeat)
            {
                await response.WriteAsync(": still here\n\n", cancellationToken);
                await response.Body.FlushAsync(cancellationToken);
                lastWrite = clock.GetTimestamp();
            }

            await Task.WhenAny(changed, Task.Delay(LookAtLeastEvery, clock, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static async Task WriteAsync(HttpResponse response, List<JobEvent> events, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var row in events)
            text.Append("id: ").Append(row.Id).Append("\ndata: ").Append(JsonSerializer.Serialize(EventObject.From(row), WireJson.Options)).Append("\n\n");
        await response.WriteAsync(text.ToString(), cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}

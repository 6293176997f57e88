using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;

namespace FineTuneAspire.Training.Events;

internal static class EventWriting
{
    /// <summary>Adds an event of our own to the unit of work. The job's row must be new or locked: it hands out the number.</summary>
    public static void AddEvent(this TrainingDbContext db, Job job, TimeProvider clock, DateTimeOffset now, string level, string message) =>
        db.Events.Add(new JobEvent
        {
            JobId = job.Id,
            Seq = job.NextEventSeq(),
            Id = PrefixedId.New("ftevent-", clock),
            CreatedAt = now,
            Level = level,
            Message = message,
            Type = "message",
        });
}

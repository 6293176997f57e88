using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Messaging;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Persistence;
using MassTransit;

namespace FineTuneAspire.Training.Jobs;

/// <summary>A file cannot be trained on: the job fails with the code and message that name the line. Nothing was sent to a provider.</summary>
internal sealed class TrainingFileRejectedConsumer(TrainingDbContext db, TimeProvider clock) : IConsumer<TrainingFileRejected>
{
    public async Task Consume(ConsumeContext<TrainingFileRejected> context)
    {
        var message = context.Message;
        if (await db.LockJobAsync(message.JobId, context.CancellationToken) is not { State: JobState.Validating } job || job.Project != message.Project)
            return;
        var now = await db.NowAsync(context.CancellationToken);
        job.Fail(message.Code, message.Message, message.Param, now);
        db.AddEvent(job, clock, now, "error", message.Message);
        db.Publish(new TrainingFailed(job.Id, job.Project, message.Code, message.Message, now));
    }
}

using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Persistence;
using MassTransit;

namespace FineTuneAspire.Training.Jobs;

/// <summary>The files are good: the job is queued.</summary>
internal sealed class TrainingFileValidatedConsumer(TrainingDbContext db, TimeProvider clock) : IConsumer<TrainingFileValidated>
{
    public async Task Consume(ConsumeContext<TrainingFileValidated> context)
    {
        var message = context.Message;
        if (await db.LockJobAsync(message.JobId, context.CancellationToken) is not { } job || job.Project != message.Project)
            return;
        var now = await db.NowAsync(context.CancellationToken);
        if (job.TryAcceptFiles(message.TrainingFile, message.ValidationFile, now))
            db.AddEvent(job, clock, now, "info", $"The files are valid; they go to provider '{job.Provider}' next");
    }
}

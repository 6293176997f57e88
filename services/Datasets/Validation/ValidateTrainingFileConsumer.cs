using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Persistence;
using MassTransit;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>
/// Notes that a job's files are to be read. Reading 512 MB takes a minute, and no message is held for longer than seconds: the loop does it,
/// and finds the row again after a crash.
/// </summary>
public sealed class ValidateTrainingFileConsumer(DatasetsDbContext db, TimeProvider clock) : IConsumer<ValidateTrainingFile>
{
    public async Task Consume(ConsumeContext<ValidateTrainingFile> context)
    {
        // Asked again while the first is still waiting: one answer is enough.
        if (await db.TrainingFileChecks.FindAsync([context.Message.JobId], context.CancellationToken) is null)
            db.TrainingFileChecks.Add(TrainingFileCheck.Create(context.Message, clock));
    }
}

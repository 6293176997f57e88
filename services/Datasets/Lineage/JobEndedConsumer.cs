using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Datasets.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Lineage;

/// <summary>Notes what became of the jobs that were given our files.</summary>
public sealed class JobEndedConsumer(DatasetsDbContext db) : IConsumer<TrainingSucceeded>, IConsumer<TrainingFailed>, IConsumer<TrainingCancelled>
{
    public Task Consume(ConsumeContext<TrainingSucceeded> context) => EndAsync(context.Message.JobId, "succeeded", context.Message.Model, context.CancellationToken);

    public Task Consume(ConsumeContext<TrainingFailed> context) => EndAsync(context.Message.JobId, "failed", model: null, context.CancellationToken);

    public Task Consume(ConsumeContext<TrainingCancelled> context) => EndAsync(context.Message.JobId, "cancelled", model: null, context.CancellationToken);

    private async Task EndAsync(string jobId, string status, string? model, CancellationToken cancellationToken)
    {
        foreach (var use in await db.FileUses.Where(use => use.JobId == jobId).ToListAsync(cancellationToken))
            use.End(status, model);
    }
}

using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Inference.Persistence;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Models;

/// <summary>Makes a job's model and checkpoints callable. Safe to run twice, also for two different messages about one job.</summary>
public sealed class RegisterModelConsumer(InferenceDb db) : IConsumer<TrainingSucceeded>
{
    public async Task Consume(ConsumeContext<TrainingSucceeded> context)
    {
        var job = context.Message;
        TunedModel[] models =
        [
            Row(job, job.Model, job.UpstreamModel, step: null),
            .. job.Checkpoints.Select(checkpoint => Row(job, checkpoint.Model, checkpoint.UpstreamModel, checkpoint.Step)),
        ];
        var ids = models.Select(model => model.Id).ToArray();
        var known = await db.Models.Where(model => ids.Contains(model.Id)).Select(model => model.Id).ToListAsync(context.CancellationToken);
        db.Models.AddRange(models.DistinctBy(model => model.Id).Where(model => !known.Contains(model.Id)));
    }

    private static TunedModel Row(TrainingSucceeded job, string id, string upstream, int? step) => new()
    {
        Id = id,
        Project = job.Project,
        Provider = job.Provider,
        UpstreamModel = upstream,
        BaseModel = job.BaseModel,
        JobId = job.JobId,
        Step = step,
        CreatedAt = job.FinishedAt.ToUniversalTime(),
    };
}

using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.Training.Checkpoints;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Jobs;

internal static class FindTrainedModel
{
    /// <summary>
    /// For our own services only: what <see cref="TrainingSucceeded"/> said of the job that made a model or checkpoint. The event is how
    /// others learn of a model; this is how they find one whose event is still under way, or was lost with the broker.
    /// </summary>
    public static async Task<Results<Ok<TrainingSucceeded>, ApiError>> Handle(string model, HttpContext context, TrainingDbContext db, CancellationToken cancellationToken)
    {
        if (!context.User.IsInternal())
            return Unknown(model);
        var project = context.Project();
        var job = await db.Jobs.AsNoTracking().SingleOrDefaultAsync(job => job.Project == project && job.FineTunedModel == model, cancellationToken)
            ?? await db.Checkpoints.AsNoTracking().Where(checkpoint => checkpoint.Model == model)
                .Join(db.Jobs.Where(job => job.Project == project), checkpoint => checkpoint.JobId, job => job.Id, (_, job) => job)
                .FirstOrDefaultAsync(cancellationToken);
        if (job is not { FineTunedModel: not null, FinishedAt: { } finishedAt })
            return Unknown(model);
        var checkpoints = await db.Checkpoints.AsNoTracking().Where(checkpoint => checkpoint.JobId == job.Id).OrderBy(checkpoint => checkpoint.Step).ToListAsync(cancellationToken);
        return TypedResults.Ok(Announcement(job, checkpoints, finishedAt));
    }

    /// <summary>The last checkpoint may be the model itself, which is not named twice.</summary>
    public static TrainingSucceeded Announcement(Job job, IEnumerable<JobCheckpoint> checkpoints, DateTimeOffset finishedAt) => new(
        job.Id, job.Project, job.Provider, job.BaseModel, job.FineTunedModel!, job.UpstreamModel!,
        [.. checkpoints.Where(row => row.Model != job.FineTunedModel).Select(row => new TrainedCheckpoint(row.Model, row.UpstreamModel, row.Step))],
        finishedAt);

    private static ApiError Unknown(string model) => ApiError.NotFound($"No job of this project made '{model}'.", "model", "model_not_found");
}

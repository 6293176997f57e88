using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Metrics;

/// <summary>`GET /v1/fine_tuning/jobs/{id}/metrics` (ours, not OpenAI's): every step reported so far, oldest first, for a curve.</summary>
internal static class ListMetrics
{
    public static async Task<Results<Ok<StepMetricsList>, ApiError>> Handle(string id, HttpContext context, TrainingDbContext db, CancellationToken cancellationToken)
    {
        var project = context.Project();
        if (!await db.Jobs.AnyAsync(job => job.Id == id && job.Project == project, cancellationToken))
            return GetJob.NotFound(id);
        var steps = await db.Metrics.AsNoTracking().Where(m => m.JobId == id).OrderBy(m => m.Step)
            .Select(m => new StepMetricsObject(
                m.Step, m.TotalSteps, m.TrainLoss, m.TrainMeanTokenAccuracy, m.ValidLoss, m.ValidMeanTokenAccuracy, m.FullValidLoss, m.FullValidMeanTokenAccuracy))
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(new StepMetricsList("list", steps));
    }
}

internal sealed record StepMetricsList(string Object, IReadOnlyList<StepMetricsObject> Data);

internal sealed record StepMetricsObject(
    int Step, int? TotalSteps, double? TrainLoss, double? TrainMeanTokenAccuracy, double? ValidLoss, double? ValidMeanTokenAccuracy,
    double? FullValidLoss, double? FullValidMeanTokenAccuracy);

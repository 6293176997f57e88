using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Inference.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Models;

internal static class TunedModels
{
    /// <summary>
    /// Writes the rows of a job's model and checkpoints that are not there yet. Two writers of the same rows do not get in each other's
    /// way, and a deleted model's row stays deleted. Runs in the caller's transaction, if it has one.
    /// </summary>
    public static async Task RegisterAsync(InferenceDb db, TrainingSucceeded job, CancellationToken cancellationToken)
    {
        (string Id, string Upstream, int? Step)[] models =
        [
            (job.Model, job.UpstreamModel, null),
            .. job.Checkpoints.Select(checkpoint => (checkpoint.Model, checkpoint.UpstreamModel, (int?)checkpoint.Step)),
        ];
        var createdAt = job.FinishedAt.ToUniversalTime();
        foreach (var (id, upstream, step) in models)
        {
            await db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO models (id, project, provider, upstream_model, base_model, job_id, step, created_at)
                VALUES ({id}, {job.Project}, {job.Provider}, {upstream}, {job.BaseModel}, {job.JobId}, {step}, {createdAt})
                ON CONFLICT DO NOTHING
                """, cancellationToken);
        }
    }
}

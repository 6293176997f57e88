using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Checkpoints;

/// <summary>`GET /v1/fine_tuning/jobs/{id}/checkpoints`: newest first; there are some once the job has succeeded.</summary>
internal static class ListCheckpoints
{
    public static async Task<Results<Ok<FineTuningJobCheckpointList>, ApiError>> Handle(
        string id, HttpContext context, TrainingDbContext db, CancellationToken cancellationToken, string? after = null, int limit = 10)
    {
        var project = context.Project();
        if (!await db.Jobs.AnyAsync(job => job.Id == id && job.Project == project, cancellationToken))
            return GetJob.NotFound(id);
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("Invalid value for 'limit': it must be from 1 to 100.", "limit", "invalid_value");

        // A job keeps a handful of checkpoints, so the page is cut from all of them.
        var all = await db.Checkpoints.AsNoTracking().Where(c => c.JobId == id).OrderByDescending(c => c.Step).ToListAsync(cancellationToken);
        var skip = 0;
        if (!string.IsNullOrEmpty(after) && (skip = all.FindIndex(c => c.Id == after) + 1) == 0)
            return ApiError.BadRequest($"Invalid value for 'after': job {id} has no checkpoint {after}.", "after", "invalid_value");
        FineTuningJobCheckpoint[] page = [.. all.Skip(skip).Take(limit).Select(From)];
        return TypedResults.Ok(new FineTuningJobCheckpointList
        {
            Data = page,
            FirstId = page.FirstOrDefault()?.Id,
            LastId = page.LastOrDefault()?.Id,
            HasMore = all.Count > skip + limit,
        });
    }

    private static FineTuningJobCheckpoint From(JobCheckpoint row) => new()
    {
        Id = row.Id,
        CreatedAt = row.CreatedAt.ToUnixTimeSeconds(),
        FineTunedModelCheckpoint = row.Model,
        FineTuningJobId = row.JobId,
        StepNumber = row.Step,
        Metrics = JsonSerializer.Deserialize<JsonElement>(row.Metrics),
    };
}

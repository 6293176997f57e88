using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.Training.Persistence;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Jobs;

/// <summary>`GET /v1/fine_tuning/jobs`: newest first. `metadata[key]=value` (any number) keeps jobs that have these pairs, `metadata=null` those without any.</summary>
internal static class ListJobs
{
    public static async Task<Results<Ok<FineTuningJobList>, ApiError>> Handle(
        HttpContext context, TrainingDbContext db, CancellationToken cancellationToken, string? after = null, int limit = 20)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("Invalid value for 'limit': it must be from 1 to 100.", "limit", "invalid_value");
        var project = context.Project();
        var jobs = db.Jobs.AsNoTracking().Where(job => job.Project == project);
        if (Filter(context.Request.Query, out var wanted) is { } refused)
            return refused;
        if (wanted is not null)
        {
            var json = JsonSerializer.Serialize(wanted);
            jobs = wanted.Count == 0 ? jobs.Where(job => job.Metadata == null) : jobs.Where(job => EF.Functions.JsonContains(job.Metadata!, json));
        }

        if (after is not null)
        {
            if (!await db.Jobs.AnyAsync(job => job.Id == after && job.Project == project, cancellationToken))
                return ApiError.BadRequest($"Invalid value for 'after': there is no job {after}.", "after", "invalid_value");
            jobs = jobs.Where(job => string.Compare(job.Id, after) < 0);
        }

        var page = await jobs.OrderByDescending(job => job.Id).Take(limit + 1).ToListAsync(cancellationToken);
        return TypedResults.Ok(new FineTuningJobList { Data = [.. page.Take(limit).Select(JobObject.From)], HasMore = page.Count > limit });
    }

    /// <summary>Null: no filter; empty: jobs without metadata.</summary>
    private static ApiError? Filter(IQueryCollection query, out Dictionary<string, string>? wanted)
    {
        wanted = null;
        foreach (var (name, values) in query.Where(pair => pair.Key.StartsWith("metadata", StringComparison.Ordinal)))
        {
            if (name == "metadata" && values is ["null"])
            {
                wanted ??= [];
                continue;
            }

            if (name is not ['m', 'e', 't', 'a', 'd', 'a', 't', 'a', '[', .. { Length: > 0 } key, ']'] || values is not [{ } value])
                return ApiError.BadRequest("Filter by metadata with 'metadata[key]=value', each key once, or 'metadata=null'.", "metadata", "invalid_value");
            (wanted ??= [])[key] = value;
        }

        return null;
    }
}

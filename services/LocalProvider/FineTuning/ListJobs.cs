using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>`GET /v1/fine_tuning/jobs?limit=&amp;after=&amp;metadata[key]=value`: newest first; `metadata=null` finds jobs without metadata.</summary>
internal static class ListJobs
{
    private const string MetadataKey = "metadata[";

    public static async Task<Results<Ok<JobList>, ApiError>> Handle(HttpRequest request, ProviderDbContext db, int? limit, string? after, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > Paging.MaxLimit)
            return Paging.RefuseLimit();
        var jobs = db.Jobs.AsNoTracking();
        if (after is not null)
        {
            if (await db.Jobs.Where(job => job.Id == after).Select(job => (long?)job.Seq).SingleOrDefaultAsync(cancellationToken) is not { } seq)
                return ApiError.BadRequest($"Could not find fine tune: {after}", "after");
            jobs = jobs.Where(job => job.Seq < seq);
        }

        foreach (var (name, values) in request.Query)
        {
            if (name.StartsWith(MetadataKey, StringComparison.Ordinal) && name.EndsWith(']'))
            {
                var key = name[MetadataKey.Length..^1];
                foreach (var value in values)
                    jobs = jobs.Where(job => job.Metadata.Any(pair => pair.Key == key && pair.Value == value));
            }
            else if (name == "metadata")
            {
                if (values != "null")
                    return ApiError.BadRequest("Filter by metadata with 'metadata[key]=value', or 'metadata=null' for jobs without any.", "metadata");
                jobs = jobs.Where(job => !job.Metadata.Any());
            }
        }

        var size = limit ?? 20;
        var page = await jobs.OrderByDescending(job => job.Seq).Take(size + 1).ToListAsync(cancellationToken);
        return TypedResults.Ok(new JobList("list", [.. page.Take(size).Select(JobObject.From)], page.Count > size));
    }
}

internal static class Paging
{
    public const int MaxLimit = 1000;

    public static ApiError RefuseLimit() => ApiError.BadRequest($"'limit' must be from 1 to {MaxLimit}.", "limit");
}

using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Evaluations;

internal static class ListEvaluations
{
    /// <summary>Newest first. <paramref name="after"/> is the last id of the page before.</summary>
    public static async Task<Results<Ok<EvaluationList>, ApiError>> Handle(HttpContext context, InferenceDb db, CancellationToken cancellationToken, string? after = null, int limit = 20)
    {
        var project = context.Project();
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must lie between 1 and 100.", "limit");
        // Ids hold their time, so their order is the order of creation (within a millisecond: some order, and always the same).
        var rows = db.Evaluations.AsNoTracking().Include(row => row.Models).Where(row => row.Project == project);
        if (after is not null)
        {
            if (!await rows.AnyAsync(row => row.Id == after, cancellationToken))
                return ApiError.NotFound($"No evaluation found with id '{after}'.", "after");
            rows = rows.Where(row => row.Id.CompareTo(after) < 0);
        }

        var found = await rows.OrderByDescending(row => row.Id).Take(limit + 1).ToListAsync(cancellationToken);
        var page = found.Take(limit).ToList();
        var counts = await EvaluationScores.CountAsync(db, [.. page.Select(row => row.Id)], cancellationToken);
        return TypedResults.Ok(new EvaluationList
        {
            Data = [.. page.Select(row => EvaluationScores.Describe(row, counts))],
            FirstId = page.FirstOrDefault()?.Id,
            LastId = page.LastOrDefault()?.Id,
            HasMore = found.Count > limit,
        });
    }
}

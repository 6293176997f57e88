using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Evaluations;

internal static class GetEvaluation
{
    public static async Task<Results<Ok<EvaluationObject>, ApiError>> Handle(string id, HttpContext context, InferenceDb db, CancellationToken cancellationToken) =>
        await FindAsync(db, context.Project(), id, cancellationToken) is { } found ? TypedResults.Ok(found) : Unknown(id);

    public static async Task<EvaluationObject?> FindAsync(InferenceDb db, string project, string id, CancellationToken cancellationToken)
    {
        var evaluation = await db.Evaluations.AsNoTracking().Include(row => row.Models).SingleOrDefaultAsync(row => row.Id == id && row.Project == project, cancellationToken);
        return evaluation is null ? null : EvaluationScores.Describe(evaluation, await EvaluationScores.CountAsync(db, [id], cancellationToken));
    }

    public static ApiError Unknown(string id) => ApiError.NotFound($"No evaluation found with id '{id}'.");
}

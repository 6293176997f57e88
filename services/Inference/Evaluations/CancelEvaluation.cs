using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Inference.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Evaluations;

internal static class CancelEvaluation
{
    /// <summary>The answers so far stay. The worker sees the row within a third of its lease and saves nothing after this.</summary>
    public static async Task<Results<Ok<EvaluationObject>, ApiError>> Handle(string id, HttpContext context, InferenceDb db, EvaluationSignal signal, TimeProvider clock, CancellationToken cancellationToken)
    {
        var project = context.Project();
        var now = clock.GetUtcNow();
        var cancelled = await db.Evaluations
            .Where(row => row.Id == id && row.Project == project && (row.Status == Evaluation.Queued || row.Status == Evaluation.Running))
            .ExecuteUpdateAsync(row => row.SetProperty(e => e.Status, Evaluation.Cancelled).SetProperty(e => e.FinishedAt, now), cancellationToken);
        signal.Cancel(id);
        var found = await GetEvaluation.FindAsync(db, project, id, cancellationToken);
        return found is null ? GetEvaluation.Unknown(id)
            : cancelled == 0 ? ApiError.Conflict($"Evaluation {id} has already ended ({found.Status}).")
            : TypedResults.Ok(found);
    }
}

using FineTuneAspire.Inference.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>The rows of running evaluations as workers see them: taken, renewed, written to and let go only by their owner, by the database's clock.</summary>
internal sealed class EvaluationLease(IServiceScopeFactory scopes, TimeSpan length)
{
    public Guid Owner { get; } = Guid.NewGuid();

    /// <summary>Takes the oldest evaluation that nobody works on; null when there is none.</summary>
    public async Task<Evaluation?> TakeAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<InferenceDb>();
        var taken = await db.Database.SqlQuery<string>($"""
            UPDATE evaluations SET status = 'running', lease_owner = {Owner}, lease_until = now() + {length}
            WHERE id = (
                SELECT id FROM evaluations
                WHERE status IN ('queued', 'running') AND (lease_until IS NULL OR lease_until < now())
                ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id AS "Value"
            """).ToListAsync(cancellationToken);
        return taken is [var id] ? await db.Evaluations.AsNoTracking().Include(row => row.Models).SingleAsync(row => row.Id == id, cancellationToken) : null;
    }

    /// <summary>False when the evaluation is no longer ours: cancelled, or taken by another after a long silence.</summary>
    public async Task<bool> RenewAsync(string id, CancellationToken cancellationToken) =>
        await ExecuteAsync($"UPDATE evaluations SET lease_until = now() + {length} WHERE id = {id} AND lease_owner = {Owner} AND status = 'running'", cancellationToken) == 1;

    /// <summary>Saves answers, each once however often it is given, and renews. False when the evaluation is no longer ours; then nothing is saved.</summary>
    public async Task<bool> SaveAsync(string id, IReadOnlyCollection<EvaluationAnswer> answers, CancellationToken cancellationToken)
    {
        int[] positions = [.. answers.Select(answer => answer.Position)], examples = [.. answers.Select(answer => answer.Example)];
        string[] outcomes = [.. answers.Select(answer => answer.Outcome.ToString())];
        string?[] tags = [.. answers.Select(answer => answer.Tag)];
        // One statement: the row lock of the renewal holds until the answers are in.
        return await ExecuteAsync($"""
            WITH ours AS (
                UPDATE evaluations SET lease_until = now() + {length} WHERE id = {id} AND lease_owner = {Owner} AND status = 'running' RETURNING id)
            INSERT INTO evaluation_answers (evaluation_id, position, example, outcome, tag)
            SELECT ours.id, answer.position, answer.example, answer.outcome, answer.tag
            FROM ours, unnest({positions}, {examples}, {outcomes}, {tags}) AS answer (position, example, outcome, tag)
            ON CONFLICT (evaluation_id, position, example) DO UPDATE SET outcome = evaluation_answers.outcome
            """, cancellationToken) == answers.Count;
    }

    public Task SucceedAsync(string id, int examples, CancellationToken cancellationToken) =>
        ExecuteAsync($"""
            UPDATE evaluations SET status = 'succeeded', examples = {examples}, finished_at = now(), lease_owner = NULL, lease_until = NULL
            WHERE id = {id} AND lease_owner = {Owner} AND status = 'running'
            """, cancellationToken);

    public Task FailAsync(string id, EvaluationException reason, CancellationToken cancellationToken) =>
        ExecuteAsync($"""
            UPDATE evaluations SET status = 'failed', error_code = {reason.Code}, error_message = {reason.Message}, finished_at = now(), lease_owner = NULL, lease_until = NULL
            WHERE id = {id} AND lease_owner = {Owner} AND status = 'running'
            """, cancellationToken);

    /// <summary>Lets go at an orderly stop, so that the next worker need not wait for the lease to end.</summary>
    public Task ReleaseAsync(string id, CancellationToken cancellationToken) =>
        ExecuteAsync($"UPDATE evaluations SET lease_owner = NULL, lease_until = NULL WHERE id = {id} AND lease_owner = {Owner}", cancellationToken);

    public async Task<HashSet<(int Position, int Example)>> AnsweredAsync(string id, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope.ServiceProvider.GetRequiredService<InferenceDb>().EvaluationAnswers
            .Where(answer => answer.EvaluationId == id).Select(answer => new { answer.Position, answer.Example }).ToListAsync(cancellationToken);
        return [.. rows.Select(row => (row.Position, row.Example))];
    }

    private async Task<int> ExecuteAsync(FormattableString sql, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<InferenceDb>().Database.ExecuteSqlAsync(sql, cancellationToken);
    }
}

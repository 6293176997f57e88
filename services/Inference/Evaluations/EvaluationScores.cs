using FineTuneAspire.Contracts.Inference.Api;
using FineTuneAspire.Inference.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>How often a model had an outcome on examples of one tag.</summary>
internal sealed record AnswerCount(string EvaluationId, int Position, string? Tag, AnswerOutcome Outcome, int Count);

/// <summary>Counts answer rows and says them in the API's words.</summary>
internal static class EvaluationScores
{
    public static Task<List<AnswerCount>> CountAsync(InferenceDb db, IReadOnlyCollection<string> evaluations, CancellationToken cancellationToken) =>
        db.EvaluationAnswers
            .Where(answer => evaluations.Contains(answer.EvaluationId))
            .GroupBy(answer => new { answer.EvaluationId, answer.Position, answer.Tag, answer.Outcome })
            .Select(group => new AnswerCount(group.Key.EvaluationId, group.Key.Position, group.Key.Tag, group.Key.Outcome, group.Count()))
            .ToListAsync(cancellationToken);

    public static EvaluationObject Describe(Evaluation evaluation, IEnumerable<AnswerCount> counts)
    {
        var byModel = counts.Where(count => count.EvaluationId == evaluation.Id).ToLookup(count => count.Position);
        return new()
        {
            Id = evaluation.Id,
            Name = evaluation.Name,
            CreatedAt = evaluation.CreatedAt.ToUnixTimeSeconds(),
            FinishedAt = evaluation.FinishedAt?.ToUnixTimeSeconds(),
            Status = evaluation.Status,
            File = evaluation.File,
            Dataset = evaluation.Dataset,
            Examples = evaluation.Examples,
            Results = [.. evaluation.Models.OrderBy(model => model.Position).Select(model => Score(model.Model, [.. byModel[model.Position]]))],
            Error = evaluation.ErrorCode is { } code ? new(code, evaluation.ErrorMessage ?? "") : null,
        };
    }

    private static ModelScore Score(string model, IReadOnlyList<AnswerCount> counts)
    {
        var (completed, correct) = Sum(counts);
        var tags = counts.Where(count => count.Tag is not null).GroupBy(count => count.Tag!).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (Tag: group.Key, Sum: Sum(group)))
            .Where(tag => tag.Sum.Completed > 0)
            .ToDictionary(tag => tag.Tag, tag => new TagScore(
                tag.Sum.Completed, tag.Sum.Correct, (double)tag.Sum.Correct / tag.Sum.Completed, WilsonInterval.At95(tag.Sum.Correct, tag.Sum.Completed)));
        return new(model, completed, correct, completed > 0 ? (double)correct / completed : null, WilsonInterval.At95(correct, completed), tags.Count > 0 ? tags : null,
            Failed: counts.Where(count => count.Outcome == AnswerOutcome.Failed).Sum(count => count.Count));
    }

    private static (int Completed, int Correct) Sum(IEnumerable<AnswerCount> counts) => counts.Aggregate((Completed: 0, Correct: 0), (sum, count) => count.Outcome switch
    {
        AnswerOutcome.Correct => (sum.Completed + count.Count, sum.Correct + count.Count),
        AnswerOutcome.Wrong => (sum.Completed + count.Count, sum.Correct),
        _ => sum,
    });
}

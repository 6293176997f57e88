using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Splitting;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>Takes the answers for classes as long as they are few and short. Memory is bounded: beyond the limits nothing is kept.</summary>
internal sealed class LabelCounting
{
    internal const int LongestLabel = 64;
    internal const int MostLabels = 500;
    internal const int ExamplesOfEach = 5;
    private const int FewTrainingExamples = 10;
    private static readonly string Rule =
        $"Answers count as labels when each is one text of at most {LongestLabel} characters, there are at most {MostLabels} different ones, and on average at least {ExamplesOfEach} examples of each.";

    private readonly Dictionary<string, int[]> classes = [];
    private string? noLabels;
    private int examples;

    /// <param name="answer">The last answer, trimmed; null where it is more than one text, or there is none.</param>
    public void Add(string? answer, Part part)
    {
        examples++;
        if (noLabels is not null)
            return;
        if (string.IsNullOrEmpty(answer))
            noLabels = "Here an answer is no single text.";
        else if (answer.Length > LongestLabel)
            noLabels = $"Here an answer has {answer.Length} characters.";
        else if (!classes.TryGetValue(answer, out _) && classes.Count == MostLabels)
            noLabels = "Here there are more different answers.";
        if (noLabels is not null)
        {
            classes.Clear();
            return;
        }

        if (!classes.TryGetValue(answer!, out var counts))
            classes[answer!] = counts = new int[3];
        counts[(int)part]++;
    }

    public LabelFigures ToFigures(bool hasAnswers)
    {
        var none = !hasAnswers ? "Examples of this method have no single right answer."
            : noLabels ?? (classes.Count * ExamplesOfEach > examples ? $"Here there are {classes.Count} different answers in {examples} examples." : null);
        if (none is not null)
            return new LabelFigures { Rule = $"{Rule} {none}", Found = false, Classes = [], Imbalance = null, Rare = [], Variants = [] };

        var found = classes.Select(pair => new ClassFigures(pair.Key, pair.Value[(int)Part.Train], pair.Value[(int)Part.Validation], pair.Value[(int)Part.Test], Math.Round((double)pair.Value.Sum() / examples, 4)))
            .OrderByDescending(one => one.Training + one.Validation + one.Test).ThenBy(one => one.Label, StringComparer.Ordinal).ToList();
        int Size(ClassFigures one) => one.Training + one.Validation + one.Test;
        return new LabelFigures
        {
            Rule = Rule,
            Found = true,
            Classes = found,
            Imbalance = Math.Round((double)Size(found[0]) / Size(found[^1]), 2),
            Rare = [.. found.Where(one => one.Training < FewTrainingExamples).Select(one => one.Label)],
            Variants = [.. found.GroupBy(one => Plain(one.Label)).Where(same => same.Count() > 1).Select(same => (IReadOnlyList<string>)[.. same.Select(one => one.Label)])],
        };
    }

    /// <summary>A label of signs alone stays itself.</summary>
    private static string Plain(string label) => string.Concat(label.Where(char.IsLetterOrDigit)).ToLowerInvariant() is { Length: > 0 } plain ? plain : label;
}

using System.Globalization;
using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>What figures mean for a person who is about to pay for training, with the numbers behind it.</summary>
internal static class Suggestions
{
    internal const int FewExamples = 50;
    private const double LargeImbalance = 10;
    private const double ManyNearDuplicates = 0.05;
    private const double OneSidedLength = 0.75;
    private const double LowDiversity = 0.1;
    private const long WordsForDiversity = 1_000;

    /// <summary>The gravest first.</summary>
    public static IEnumerable<Suggestion> Of(DatasetFigures figures)
    {
        var all = figures.Examples.Train + figures.Examples.Validation + figures.Examples.Test;
        if (figures.Consistency is { ConflictingInputs: > 0 } consistency)
            yield return new("conflicting_answers", $"{consistency.ConflictingInputs} input(s) come with different answers, {consistency.ConflictingExamples} examples in all: the model cannot learn both. Decide for one answer each; the rows are listed below.");
        foreach (var suggestion in OfLabels(figures.Labels, figures.Examples))
            yield return suggestion;
        foreach (var suggestion in OfSystemPrompts(figures.SystemPrompts, all))
            yield return suggestion;
        if (figures.Duplicates.Exact > 0)
            yield return new("exact_duplicates", $"{figures.Duplicates.Exact} example(s) ({Share(figures.Duplicates.Exact, all)}) repeat an earlier one word for word. Each is paid for again and counts twice; keep one, unless it is meant to weigh more.");
        if (figures.Duplicates.Near is { } near && near > all * ManyNearDuplicates)
            yield return new("near_duplicates", $"{near} example(s) ({Share(near, all)}) resemble an earlier one. They are kept in one part, but they add little; a cleaning step can leave them out.");
        if (figures.Examples.Train < FewExamples)
            yield return new("few_examples", $"The training part has {figures.Examples.Train} example(s). Ten are enough to start a job; OpenAI's guide sees clear improvements from 50 to 100 on.");
        if (figures.Examples.Validation == 0)
            yield return new("no_validation_part", "There is no validation part, so overfitting will not show while training. Give 'validation' a share.");
        if (figures.Preferences is { } preferences && Math.Max(preferences.PreferredLonger, preferences.PreferredShorter) is var onOneSide && onOneSide > all * OneSidedLength)
            yield return new("preference_by_length", $"In {Share(onOneSide, all)} of the pairs the preferred answer is the {(preferences.PreferredLonger > preferences.PreferredShorter ? "longer" : "shorter")} one: the model may learn the length instead of what is meant. Add pairs in which it is not.");
        if (figures is { Labels.Found: false, Diversity.Answers: { Words: >= WordsForDiversity, Distinct2: < LowDiversity } answers })
            yield return new("repetitive_answers", $"Only {Percent(answers.Distinct2)} of the answers' word pairs are different ones: the answers repeat the same phrases, and so will the model.");
    }

    private static IEnumerable<Suggestion> OfLabels(LabelFigures labels, SplitCounts examples)
    {
        if (!labels.Found)
            yield break;
        var largest = labels.Classes[0];
        if (labels.Classes.Count == 1)
            yield return new("one_label", $"Every answer is '{largest.Label}': there is nothing to tell apart.");
        if (labels.Variants.Count > 0)
            yield return new("label_variants", $"{labels.Variants.Count} group(s) of labels differ only in case, white space or signs, such as {string.Join(" and ", labels.Variants[0].Take(3).Select(label => $"'{label}'"))}. Map them to one label each with a cleaning step.");
        if (labels.Imbalance > LargeImbalance)
            yield return new("label_imbalance", $"The largest class, '{largest.Label}', has {labels.Imbalance?.ToString("0.#", CultureInfo.InvariantCulture)} times the examples of the smallest, '{labels.Classes[^1].Label}'. Add examples of the small ones, or rebalance with a cleaning step.");
        if (labels.Rare.Count > 0)
            yield return new("rare_labels", $"{labels.Rare.Count} label(s) have fewer than 10 training examples ({string.Join(", ", labels.Rare.Take(5).Select(label => $"'{label}'"))}{(labels.Rare.Count > 5 ? ", …" : "")}): too few to learn them reliably. Add examples, or merge labels.");
        var missing = labels.Classes.Where(one => one.Training == 0).ToList();
        if (missing.Count > 0)
            yield return new("labels_not_trained", $"{missing.Count} label(s) are in the validation or test part and in no training example, such as '{missing[0].Label}': the model never sees them.");
        if (labels.Classes.Count > 1 && examples.Test + examples.Validation > 0)
            yield return new("majority_baseline", $"Always answering '{largest.Label}' is right in {Percent(largest.Share)} of the examples. A model is worth its price only above that.");
    }

    private static IEnumerable<Suggestion> OfSystemPrompts(SystemPromptFigures prompts, int all)
    {
        if (prompts.Distinct > prompts.DistinctApartFromSpelling && prompts.Distinct <= 10_000)
            yield return new("system_prompt_spelling", $"Of the {prompts.Distinct} system prompts, {prompts.Distinct - prompts.DistinctApartFromSpelling} differ from another only in case or white space. Write them alike.");
        if (prompts.Distinct > 0 && prompts.ExamplesWithout > 0)
            yield return new("system_prompt_missing", $"{prompts.ExamplesWithout} example(s) ({Share(prompts.ExamplesWithout, all)}) have no system prompt and the others have one. A model answers best under the prompt that it was trained with: give all of them the one that you will serve with.");
        if (prompts.Distinct > 1)
            yield return new("system_prompts_differ", $"There are {prompts.Distinct} different system prompts; the most frequent stands in {Percent(prompts.Prompts[0].Share)} of the examples. If they are meant to be one, make them one, and serve with exactly that.");
    }

    private static string Share(int part, int all) => Percent((double)part / all);

    private static string Percent(double share) => share.ToString(share is > 0 and < 0.01 ? "0.##%" : "0.#%", CultureInfo.InvariantCulture);
}

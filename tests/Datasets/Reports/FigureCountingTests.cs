using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Reports;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Reports;

public class FigureCountingTests
{
    private static (DatasetFigures Figures, IReadOnlyList<IReadOnlyList<int>> Conflicts) Count(TrainingMethod method, IEnumerable<string> lines, Func<int, Part>? partOf = null)
    {
        using var counting = new FigureCounting(method, ChatFiles.Tokens, TestFolder.Create("figures"));
        foreach (var (row, line) in lines.Index())
        {
            using var example = JsonDocument.Parse(line);
            counting.Add(example.RootElement, partOf?.Invoke(row) ?? Part.Train);
        }

        var (figures, conflicts) = counting.ToFigures(near: null, TestContext.Current.CancellationToken);
        return (figures with { Suggestions = [.. Suggestions.Of(figures)] }, conflicts);
    }

    [Fact]
    public void Reviews_have_the_figures_that_a_hand_counts()
    {
        var (figures, conflicts) = Count(TrainingMethod.Supervised, Reviews.Lines());

        Assert.True(figures.Labels.Found);
        Assert.Equal([new("positive", 15, 0, 0, 0.6522), new("negative", 6, 0, 0, 0.2609), new("Positive.", 1, 0, 0, 0.0435), new ClassFigures("neutral", 1, 0, 0, 0.0435)], figures.Labels.Classes);
        Assert.Equal((15, 1), (figures.Labels.Imbalance, figures.Labels.Variants.Count));
        Assert.Equal(["negative", "Positive.", "neutral"], figures.Labels.Rare);
        Assert.Equal(["positive", "Positive."], figures.Labels.Variants[0]);

        // "good movie 1" has 12 characters, with two digits 13; "good movie 2 " 13; "bad movie 15" 12; "fine movie 22" 13; "odd movie 23" 12.
        Assert.Equal([new("assistant", 23, 23, 15 * 8 + 6 * 8 + 9 + 7), new("system", 22, 22, 21 * 8 + 9), new RoleFigures("user", 23, 23, 9 * 12 + 5 * 13 + 5 * 12 + 12 + 13 + 13 + 12)], figures.Roles);
        Assert.Equal((21, 2, 1, 2, 1), (figures.Consistency.DistinctInputs, figures.Consistency.RepeatedInputs, figures.Consistency.ConflictingInputs, figures.Consistency.ConflictingExamples, figures.Duplicates.Exact));
        Assert.Equal([0, 19], Assert.Single(conflicts));

        // Three words a question; 4 adjectives, "movie" and 21 numbers; pairs: 4 with "movie" and 21 with a number.
        Assert.Equal((69L, 26L, 0.3768, 0.5435, 0.913, 0.3768, false), (figures.Diversity.Inputs.Words, figures.Diversity.Inputs.DistinctWords, figures.Diversity.Inputs.Distinct1, figures.Diversity.Inputs.Distinct2, figures.Diversity.Inputs.Distinct3, figures.Diversity.Inputs.TypeTokenRatio, figures.Diversity.Inputs.Estimated));
        Assert.Equal((23L, 3L), (figures.Diversity.Answers!.Words, figures.Diversity.Answers.DistinctWords));

        Assert.Equal((2L, 1, 1), (figures.SystemPrompts.Distinct, figures.SystemPrompts.DistinctApartFromSpelling, figures.SystemPrompts.ExamplesWithout));
        Assert.Equal([new("Rate it.", 21, 0.913), new SystemPrompt("rate  it.", 1, 0.0435)], figures.SystemPrompts.Prompts);
        Assert.Equal((8.0, 7, 8, 9), (figures.Lengths.AnswerCharacters!.Mean, figures.Lengths.AnswerCharacters.Min, figures.Lengths.AnswerCharacters.P50, figures.Lengths.AnswerCharacters.Max));
        Assert.Equal((2, 3, 23), (figures.Lengths.Turns.Min, figures.Lengths.Turns.Max, figures.Lengths.Turns.Bins.Sum(bin => bin.Examples)));

        Assert.Equal(
            ["conflicting_answers", "label_variants", "label_imbalance", "rare_labels", "system_prompt_spelling", "system_prompt_missing", "system_prompts_differ", "exact_duplicates", "few_examples", "no_validation_part"],
            figures.Suggestions.Select(suggestion => suggestion.Code));
        Assert.StartsWith("The largest class, 'positive', has 15 times the examples of the smallest, 'neutral'.", figures.Suggestions[2].Message);
    }

    [Fact]
    public void A_label_that_no_training_example_has_and_the_baseline_to_beat_are_told()
    {
        var (figures, _) = Count(TrainingMethod.Supervised, Enumerable.Range(0, 100).Select(i => Reviews.Line($"question {i}", i < 60 ? "a" : i < 90 ? "b" : "c")), row => row >= 90 ? Part.Test : row >= 80 ? Part.Validation : Part.Train);
        Assert.Equal([new("a", 60, 0, 0, 0.6), new("b", 20, 10, 0, 0.3), new ClassFigures("c", 0, 0, 10, 0.1)], figures.Labels.Classes);
        Assert.Equal(["rare_labels", "labels_not_trained", "majority_baseline"], figures.Suggestions.Select(suggestion => suggestion.Code));
        Assert.Contains("'a' is right in 60% of the examples", figures.Suggestions[2].Message);
    }

    [Theory]
    [InlineData(12, "Here an answer has 65 characters.")]
    [InlineData(13, "Here there are 100 different answers in 100 examples.")]
    public void Answers_that_are_no_labels_are_said_not_to_be(int kind, string says)
    {
        var (figures, _) = Count(TrainingMethod.Supervised, Enumerable.Range(0, 100).Select(i => Reviews.Line($"q {i}", kind == 12 ? new string('x', 65) : $"answer {i}")));
        Assert.False(figures.Labels.Found);
        Assert.Empty(figures.Labels.Classes);
        Assert.EndsWith(says, figures.Labels.Rule);
    }

    [Fact]
    public void Preferences_that_contradict_each_other_and_prefer_by_length_are_found()
    {
        string Pair(string question, string preferred, string other) => JsonSerializer.Serialize(new
        {
            input = new { messages = new[] { new { role = "user", content = question } } },
            preferred_output = new[] { new { role = "assistant", content = preferred } },
            non_preferred_output = new[] { new { role = "assistant", content = other } },
        });
        // Two pairs of one input are no conflict; the same pair the other way round is.
        var (figures, conflicts) = Count(TrainingMethod.Dpo, [Pair("q", "long answer", "short"), Pair("q", "longer answer", "short"), Pair("q", "short", "long answer"), Pair("r", "long answer", "short"), Pair("r", "long answer", "short"), Pair("s", "abc", "def")]);
        Assert.Equal((1, 2, 1, 4), (figures.Consistency.ConflictingInputs, figures.Consistency.ConflictingExamples, figures.Duplicates.Exact, figures.Consistency.DistinctInputs));
        Assert.Equal([0, 2], Assert.Single(conflicts));
        Assert.Equal(new PreferenceFigures(4, 1, 1), figures.Preferences);
        Assert.False(figures.Labels.Found);
        // 11 + 5 in three pairs and the contradiction, 13 + 5 and 3 + 3.
        Assert.Equal(new RoleFigures("assistant", 12, 6, 4 * 16 + 18 + 6), figures.Roles[0]);
    }

    [Fact]
    public void Prompts_of_reinforcement_conflict_when_their_references_differ()
    {
        static string Prompt(string question, int answer) => $$"""{"messages":[{"role":"user","content":"{{question}}"}],"answer":{{answer}}}""";
        var (figures, conflicts) = Count(TrainingMethod.Reinforcement, [Prompt("1+1", 2), Prompt("1+1", 3), Prompt("2+2", 4), Prompt("2+2", 4)]);
        Assert.Equal((1, 1, null, null), (figures.Consistency.ConflictingInputs, figures.Duplicates.Exact, figures.Lengths.AnswerCharacters, figures.Diversity.Answers));
        Assert.Equal([0, 1], Assert.Single(conflicts));
    }

    [Fact]
    public void A_word_is_a_run_of_letters_digits_and_marks_without_case_and_a_letter_of_Han()
    {
        var words = new WordHashes();
        Assert.Equal(4, words.Of("Crème-brûlée, HÉLLO x2!").Count);
        Assert.Equal(words.Of("hello")[0], words.Of("  HeLLo.")[0]);
        Assert.Equal(6, words.Of("東京 is 大きい").Count);
        Assert.Empty(words.Of(" … 😀 "));
    }

    [Theory]
    [InlineData(100_000, 0)]
    [InlineData(400_000, 0.03)]
    [InlineData(2_000_000, 0.03)]
    public void Different_ones_are_counted_exactly_or_within_their_stated_error(int values, double error)
    {
        var count = new DistinctCount();
        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i < values; i++)
                count.Add(System.IO.Hashing.XxHash3.HashToUInt64(BitConverter.GetBytes(i)));
        }

        Assert.Equal(error > 0, count.IsEstimate);
        Assert.InRange(count.Value(), values * (1 - error), values * (1 + error));
    }

    [Fact]
    public void Bins_have_equal_width_up_to_the_99th_percentile_and_the_last_holds_the_rest()
    {
        var histogram = new FineTuneAspire.Datasets.Tokens.Histogram();
        foreach (var value in Enumerable.Range(1, 200).Append(10_000))
            histogram.Add(value);
        var lengths = histogram.ToLengths(10);
        Assert.Equal((1, 10, 101, 191, 10_000), (lengths.Min, lengths.P5 - 1, lengths.P50, lengths.P95, lengths.Max));
        Assert.Equal([(1, 20, 20), (181, 10_000, 21)], new[] { lengths.Bins[0], lengths.Bins[^1] }.Select(bin => (bin.From, bin.To, bin.Examples)));
        Assert.Equal(201, lengths.Bins.Sum(bin => bin.Examples));
    }
}

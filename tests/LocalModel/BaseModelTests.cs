using FineTuneAspire.Samples.IntentsAndSlots;

namespace FineTuneAspire.LocalModel.Tests;

/// <summary>The base that ships with the local provider, held to what its model card says.</summary>
public class BaseModelTests
{
    private static readonly LanguageModel Base = LanguageModel.Load(Path.Combine(AppContext.BaseDirectory, "base-1m"));

    [Fact]
    public void The_base_has_the_shape_its_card_gives()
    {
        Assert.Equal(1_164_672, Base.ParameterCount);
        Assert.Equal((768, 512), (Base.Config.VocabularySize, Base.Config.ContextLength));
    }

    [Fact]
    public void The_base_copies_words_it_has_never_seen()
    {
        string[] lists = ["bofanu kimora", "tavel", "rimo dasu", "kelopa", "vunari tome", "sadile", "mopu refa", "lokani", "pireto", "gamu sele"];
        var copied = lists.Count(list => Answer(Base, "repeat: " + list) == list);
        Assert.True(copied >= 7, $"{copied} of {lists.Length}");
    }

    // A third of the epochs that the default settings take: enough to be far from both chance and the base.
    [Fact]
    public void Two_hundred_examples_teach_intents_and_slots_that_the_base_does_not_know()
    {
        var splits = IntentsAndSlots.Generate(seed: 5, test: 60);
        Example[] test = [.. splits.Test.Where(example => !example.UnseenTemplate)];
        var settings = FineTuningSettings.Auto(splits.Train.Count, epochs: 6) with { LowPriority = false };
        var tuner = new FineTuner(Base, [.. splits.Train.Select(Encode)], [.. splits.Validation.Select(Encode)], settings);
        var last = tuner.Run().Last();
        var (before, after) = (ExactMatch(Base, test[..20]), ExactMatch(tuner.Snapshot(), test));
        Assert.True(before <= 0.05, $"base {before:P1}");
        Assert.True(after >= 0.6, $"tuned {after:P1}, validation loss {last.FullValidLoss}");
    }

    private static TrainingExample Encode(Example example) => ChatTemplate.Encode(Base, [new("user", example.Sentence), new("assistant", example.Answer)]);

    private static double ExactMatch(LanguageModel model, Example[] examples) => examples.Average(example => Answer(model, example.Sentence) == example.Answer ? 1.0 : 0);

    private static string Answer(LanguageModel model, string question) =>
        string.Concat(new ChatGenerator(model).Generate([new("user", question)], new() { Temperature = 0, MaxTokens = 60 }).Select(token => token.Text));
}

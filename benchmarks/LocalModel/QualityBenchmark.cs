using System.Diagnostics;
using FineTuneAspire.Samples.IntentsAndSlots;

namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>What base-1m learns from 200 examples: exact match, greedy, before and after fine-tuning with the default settings.</summary>
internal static class QualityBenchmark
{
    public static List<Row> Run()
    {
        var model = LanguageModel.Load(Path.Combine(AppContext.BaseDirectory, "base-1m"));
        var splits = IntentsAndSlots.Generate(seed: 1);
        (string, string)[] Pairs(IEnumerable<Example> examples) => [.. examples.Select(example => (example.Sentence, example.Answer))];
        var seen = Pairs(splits.Test.Where(example => !example.UnseenTemplate));
        var unseen = Pairs(splits.Test.Where(example => example.UnseenTemplate));
        var (intents, seconds) = FineTune(model, Pairs(splits.Train), Pairs(splits.Validation));
        var (sentiment, _) = FineTune(model, SentimentTask.Make(1, 200, unseenWords: false), []);
        var (reviews, otherWords) = (SentimentTask.Make(2, 200, unseenWords: false), SentimentTask.Make(3, 200, unseenWords: true));
        return
        [
            new("intents_200_base_exact_match", ExactMatch(model, seen), "share"),
            new("intents_200_tuned_exact_match", ExactMatch(intents, seen), "share"),
            new("intents_200_tuned_unseen_templates", ExactMatch(intents, unseen), "share"),
            new("intents_200_fine_tuning_seconds", seconds, "s"),
            new("sentiment_200_base_exact_match", ExactMatch(model, reviews), "share"),
            new("sentiment_200_tuned_exact_match", ExactMatch(sentiment, reviews), "share"),
            new("sentiment_200_tuned_unseen_words", ExactMatch(sentiment, otherWords), "share"),
        ];
    }

    private static (LanguageModel Tuned, double Seconds) FineTune(LanguageModel model, (string, string)[] train, (string, string)[] validation)
    {
        var clock = Stopwatch.StartNew();
        TrainingExample[] Encode((string Question, string Answer)[] pairs) =>
            [.. pairs.Select(pair => ChatTemplate.Encode(model, [new("user", pair.Question), new("assistant", pair.Answer)]))];
        var tuner = new FineTuner(model, Encode(train), Encode(validation), FineTuningSettings.Auto(train.Length) with { LowPriority = false });
        foreach (var step in tuner.Run())
            if (step.EpochEnded) Console.WriteLine($"  epoch {step.Epoch}: loss {step.TrainLoss:N4}, validation {step.FullValidLoss:N4} {step.FullValidTokenAccuracy:P1}");
        return (tuner.Snapshot(), clock.Elapsed.TotalSeconds);
    }

    private static double ExactMatch(LanguageModel model, (string Question, string Answer)[] pairs)
    {
        var generator = new ChatGenerator(model);
        return pairs.Average(pair => string.Concat(generator.Generate([new("user", pair.Question)], new() { Temperature = 0, MaxTokens = 80 })
            .Select(token => token.Text)) == pair.Answer ? 1.0 : 0.0);
    }
}

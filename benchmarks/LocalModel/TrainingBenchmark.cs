using System.Diagnostics;

namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>
/// Full training of base-1m's shape: 8192 tokens a step in sequences of 256, loss on every token, optimiser included. Tokens per
/// processor-second stay comparable when the machine is busy; tokens per second do not.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Rounds = 7, SequenceLength = 257, Sequences = 32;

    public static ModelConfig Shape { get; } = new()
    {
        VocabularySize = 768, Width = 128, Layers = 5, Heads = 4, FeedForward = 384, ContextLength = SequenceLength,
    };

    public static IEnumerable<Row> Run()
    {
        yield return Measure("train_1m_full_tokens_per_cpu_s", threads: 1, perProcessorSecond: true);
        yield return Measure($"train_1m_full_tokens_per_s_{Environment.ProcessorCount}t", Environment.ProcessorCount, perProcessorSecond: false);
    }

    private static Row Measure(string name, int threads, bool perProcessorSecond)
    {
        var random = new SeededRandom(1);
        var batch = Enumerable.Range(0, Sequences).Select(_ => new TrainingExample(
            [.. Enumerable.Range(0, SequenceLength).Select(_ => random.Next(Shape.VocabularySize))],
            [.. Enumerable.Range(0, SequenceLength).Select(i => i > 0)])).ToArray();
        var model = LanguageModel.Create(Shape, new Tokenizer([]), seed: 1);
        using var trainer = new Trainer(model, new AdamW(model.Layout.Count, 0.9, 0.99, 0.05), clip: 1, threads, lowPriority: false);
        List<double> rates = [];
        for (var round = -3; round < Rounds; round++)
        {
            var (clock, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            trainer.Step(batch, 1e-4, CancellationToken.None);
            var seconds = perProcessorSecond ? (Environment.CpuUsage.TotalTime - processor).TotalSeconds : clock.Elapsed.TotalSeconds;
            if (round >= 0) rates.Add(Sequences * (SequenceLength - 1) / seconds);
        }
        return new Row(name, Report.Median(rates), perProcessorSecond ? "tokens/CPU-s" : "tokens/s");
    }
}

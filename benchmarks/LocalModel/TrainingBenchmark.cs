using System.Diagnostics;

namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>
/// Full training of base-1m's shape: 8192 tokens a step in sequences of 256, loss on every token, optimiser included. Tokens per
/// processor-second stay comparable when the machine is busy; tokens per second do not. The peer takes the same step in turns, in micro-batches
/// of 8 sequences, the fastest of 4, 8 and 32.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Rounds = 7, SequenceLength = 257, Sequences = 32, PeersMicroBatch = 8;

    public static ModelConfig Shape { get; } = new()
    {
        VocabularySize = 768, Width = 128, Layers = 5, Heads = 4, FeedForward = 384, ContextLength = SequenceLength,
    };

    public static IEnumerable<Row> Run(PythonPeer? peer)
    {
        peer?.Tell($"{Shape.VocabularySize} {Shape.Width} {Shape.Layers} {Shape.Heads} {Shape.FeedForward} {SequenceLength - 1} {Sequences} {PeersMicroBatch}");
        yield return Measure("train_1m_full_tokens_per_cpu_s", threads: 1, perProcessorSecond: true, peer);
        yield return Measure($"train_1m_full_tokens_per_s_{Environment.ProcessorCount}t", Environment.ProcessorCount, perProcessorSecond: false, peer: null);
    }

    private static Row Measure(string name, int threads, bool perProcessorSecond, PythonPeer? peer)
    {
        var random = new SeededRandom(1);
        var batch = Enumerable.Range(0, Sequences).Select(_ => new TrainingExample(
            [.. Enumerable.Range(0, SequenceLength).Select(_ => random.Next(Shape.VocabularySize))],
            [.. Enumerable.Range(0, SequenceLength).Select(i => i > 0)])).ToArray();
        var model = LanguageModel.Create(Shape, new Tokenizer([]), seed: 1);
        using var trainer = new Trainer(model, new AdamW(model.Layout.Count, 0.9, 0.99, 0.05), clip: 1, threads, lowPriority: false);
        List<double> rates = [], theirs = [];
        for (var round = -3; round < Rounds; round++)
        {
            var (clock, processor) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            trainer.Step(batch, 1e-4, CancellationToken.None);
            var seconds = perProcessorSecond ? (Environment.CpuUsage.TotalTime - processor).TotalSeconds : clock.Elapsed.TotalSeconds;
            var other = peer?.Ask("");
            if (round < 0) continue;   // warm-up
            rates.Add(Sequences * (SequenceLength - 1) / seconds);
            if (other is { } value) theirs.Add(value);
        }
        return new Row(name, Report.Median(rates), perProcessorSecond ? "tokens/CPU-s" : "tokens/s", theirs.Count > 0 ? Report.Median(theirs) : null);
    }
}

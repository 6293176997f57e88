using System.Diagnostics;

namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>One stream, greedy, 100 tokens from a prompt of 20.</summary>
internal static class DecodingBenchmark
{
    private const int Rounds = 15, Prompt = 20, Generated = 100;

    public static IEnumerable<Row> Run()
    {
        var model = LanguageModel.Create(TrainingBenchmark.Shape, new Tokenizer([]), seed: 1);
        List<double> rates = [];
        for (var round = -10; round < Rounds; round++)
        {
            var session = new DecodingSession(model);
            session.Read(Enumerable.Range(0, Prompt).ToArray());
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < Generated; i++) session.Read([i]);
            if (round >= 0) rates.Add(Generated / clock.Elapsed.TotalSeconds);
        }
        yield return new Row("decode_1m_single_stream_tokens_per_s", Report.Median(rates), "tokens/s, 1 thread");
    }
}

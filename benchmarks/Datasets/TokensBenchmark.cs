using System.Text;
using FineTuneAspire.Datasets.Tokens;

namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>
/// Counts the same texts as npm's two packages in turns: how fast, per processor-second and one thread each, and whether each text gets the same
/// count from `tiktoken`. The texts are those of the generated dataset, and 20 MB of what lies on this machine.
/// </summary>
internal static class TokensBenchmark
{
    private const int Rounds = 5;
    private const int Bytes = 20_000_000;

    public static List<Row> Run(bool everyCodePoint)
    {
        using var peer = NpmTokens.Start();
        var counter = new ChatTokens();
        List<Row> rows = [];
        List<string> generated = [], machine = MixedTexts.OfThisMachine(Bytes);
        for (var (examples, bytes) = (new GeneratedExamples(seed: 1), 0); bytes < Bytes;)
        {
            foreach (var (_, content) in examples.Next())
            {
                generated.Add(content);
                bytes += Encoding.UTF8.GetByteCount(content);
            }
        }

        rows.AddRange(Speed("tokens", generated, counter, peer));
        rows.AddRange(Speed("tokens_of_files", machine, counter, peer));
        if (peer is null)
            return rows;
        rows.Add(Differing("tokens_differing_texts", generated.Concat(machine).ToList(), counter, peer));
        rows.Add(Differing("tokens_differing_fuzz", MixedTexts.Fuzz(100_000).ToList(), counter, peer));
        if (everyCodePoint)
            rows.Add(Differing("tokens_differing_code_points", MixedTexts.EveryCodePoint().ToList(), counter, peer));
        return rows;
    }

    private static IEnumerable<Row> Speed(string name, List<string> texts, ChatTokens counter, NpmTokens? peer)
    {
        var megabytes = texts.Sum(text => (double)Encoding.UTF8.GetByteCount(text)) / 1e6;
        peer?.Load(texts);
        List<double> ours = [], native = [], wasm = [], speedups = [];
        for (var round = -1; round < Rounds; round++)
        {
            var (one, oneWall) = Time(() => texts.ForEach(text => counter.Count(text)));
            var (_, twoWall) = Time(() => Parallel.ForEach(texts, new ParallelOptions { MaxDegreeOfParallelism = 2 }, text => counter.Count(text)));
            var theirs = peer?.Count(NpmTokens.Native).Seconds;
            if (round < 0)
                continue;   // warm-up
            ours.Add(megabytes / one);
            speedups.Add(oneWall / twoWall);
            if (theirs is { } seconds)
                native.Add(megabytes / seconds);
            if (peer is not null && round == 0)
                wasm.Add(megabytes / peer.Count(NpmTokens.Wasm).Seconds);
        }

        var value = Report.Median(ours);
        yield return new($"{name}_mb_per_cpu_s", value, $"MB per CPU-s, of {megabytes:0} MB; peer: tiktoken-rs", native.Count > 0 ? Report.Median(native) : null);
        if (native.Count > 0)
        {
            yield return new($"{name}_vs_tiktoken_rs_1t", value / Report.Median(native), "times as fast");
            yield return new($"{name}_vs_tiktoken_1t", value / Report.Median(wasm), "times as fast");
        }

        yield return new($"{name}_2t_vs_1t", Report.Median(speedups), "times as fast");
    }

    private static (double Cpu, double Wall) Time(Action work)
    {
        var (clock, processor) = (System.Diagnostics.Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        work();
        return ((Environment.CpuUsage.TotalTime - processor).TotalSeconds, clock.Elapsed.TotalSeconds);
    }

    private static Row Differing(string name, List<string> texts, ChatTokens counter, NpmTokens peer)
    {
        peer.Load(texts);
        var expected = peer.Count(NpmTokens.Wasm).Counts;
        var differing = texts.Index().Where(text => counter.Count(text.Item) != expected[text.Index]).ToList();
        foreach (var (index, text) in differing.Take(10))
            Console.WriteLine($"{name}: {counter.Count(text)}, tiktoken {expected[index]}: {string.Join(' ', text.EnumerateRunes().Take(40).Select(rune => $"{rune.Value:X4}"))}");
        return new(name, differing.Count, $"of {texts.Count} texts; tokens in all: {expected.Sum(count => (long)count)}");
    }
}

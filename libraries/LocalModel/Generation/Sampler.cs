using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>Chooses a token from logits.</summary>
internal sealed class Sampler(SamplingOptions options)
{
    private readonly SeededRandom _random = new(options.Seed);

    public int Next(ReadOnlySpan<float> logits)
    {
        if (options.Temperature == 0) return TensorPrimitives.IndexOfMax(logits);
        var probabilities = new double[logits.Length];
        var max = TensorPrimitives.Max(logits);
        for (var i = 0; i < logits.Length; i++) probabilities[i] = Math.Exp((logits[i] - max) / options.Temperature);
        var order = Enumerable.Range(0, logits.Length).ToArray();
        var total = probabilities.Sum();
        if (options.TopP < 1)
        {
            // Ties in index order, so that the choice depends on the numbers alone.
            order = [.. order.OrderByDescending(i => probabilities[i])];
            var (kept, count) = (0.0, 0);
            while (count < order.Length && kept < options.TopP * total) kept += probabilities[order[count++]];
            (order, total) = (order[..count], kept);
        }
        var left = _random.NextDouble() * total;
        foreach (var i in order)
            if ((left -= probabilities[i]) < 0) return i;
        return order[^1];
    }
}

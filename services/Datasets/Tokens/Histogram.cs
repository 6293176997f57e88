using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>Exact percentiles in memory that grows with the number of different values, not with the number of examples.</summary>
internal sealed class Histogram
{
    private readonly Dictionary<int, int> counts = [];
    private int examples;
    private long total;

    public void Add(int value)
    {
        counts[value] = counts.GetValueOrDefault(value) + 1;
        examples++;
        total += value;
    }

    /// <summary>Percentiles are those of the nearest rank. There must be a value.</summary>
    public TokenDistribution ToDistribution()
    {
        var sorted = Sorted();
        return new TokenDistribution(total, sorted[0].Value, Rank(sorted, 0.05), Rank(sorted, 0.5), Rank(sorted, 0.95), sorted[^1].Value);
    }

    /// <param name="bins">At most; of equal width from the least value to the 99th percentile, and the last one holds what is above.</param>
    public LengthDistribution ToLengths(int bins)
    {
        var sorted = Sorted();
        var (least, most) = (sorted[0].Value, sorted[^1].Value);
        var width = Math.Max(1, (Rank(sorted, 0.99) - least + bins) / bins);
        var used = Math.Min(bins, (Rank(sorted, 0.99) - least) / width + 1);
        var heights = new int[used];
        foreach (var (value, count) in sorted)
            heights[Math.Min((value - least) / width, used - 1)] += count;
        return new LengthDistribution(
            Math.Round((double)total / examples, 1), least, Rank(sorted, 0.05), Rank(sorted, 0.5), Rank(sorted, 0.95), most,
            [.. heights.Select((height, bin) => new LengthBin(least + bin * width, bin == used - 1 ? Math.Max(most, least + used * width - 1) : least + (bin + 1) * width - 1, height))]);
    }

    private (int Value, int Count)[] Sorted() => [.. counts.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value))];

    private int Rank((int Value, int Count)[] sorted, double share)
    {
        var rank = Math.Clamp((int)Math.Ceiling(share * examples), 1, examples);
        return sorted.First(pair => (rank -= pair.Count) <= 0).Value;
    }
}

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
        var sorted = counts.OrderBy(pair => pair.Key).ToArray();
        int Rank(double share)
        {
            var rank = Math.Clamp((int)Math.Ceiling(share * examples), 1, examples);
            return sorted.First(pair => (rank -= pair.Value) <= 0).Key;
        }

        return new TokenDistribution(total, sorted[0].Key, Rank(0.05), Rank(0.5), Rank(0.95), sorted[^1].Key);
    }
}

namespace FineTuneAspire.LocalModel;

/// <summary>
/// SplitMix64: the same numbers for the same seed on every platform and runtime version, which <see cref="Random"/> does not promise.
/// </summary>
public sealed class SeededRandom(long seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>A generator for one part of a task, independent of how many numbers other parts draw.</summary>
    public static SeededRandom For(long seed, long part) => new((long)(Mix((ulong)seed + 0x9E3779B97F4A7C15) ^ Mix((ulong)part * 0xBF58476D1CE4E5B9 + 1)));

    public ulong NextUInt64() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <returns>Uniform in [0, 1).</returns>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1L << 53));

    /// <returns>Uniform in [0, <paramref name="limit"/>).</returns>
    public int Next(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return (int)Math.BigMul(NextUInt64(), (ulong)limit, out _);
    }

    /// <returns>A draw of the standard normal distribution.</returns>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

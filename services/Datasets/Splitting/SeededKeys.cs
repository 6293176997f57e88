namespace FineTuneAspire.Datasets.Splitting;

/// <summary>Numbers to draw by: even, the same on every machine, and not to be guessed from the lines without the seed.</summary>
internal static class SeededKeys
{
    /// <summary>The finaliser of SplitMix64 (Steele, Lea, Flood 2014), first over the seed, then over seed and line.</summary>
    public static ulong Of(uint seed, ulong lineHash) => Mix(Mix(seed) ^ lineHash);

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

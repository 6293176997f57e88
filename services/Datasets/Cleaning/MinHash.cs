using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>
/// MinHash band keys of a shingle set. Function i of the family maps a 32-bit shingle x to mix((x ^ c_i) * a_i), mix(y) = (y ^ y >> 16) * 0x7FEB352D,
/// a permutation of the 32-bit numbers because a_i is odd; a_i and c_i come from SplitMix64 with a fixed seed. The key of band j is XXH3, seeded
/// with j, of the r smallest values of its functions. So keys are the same on every machine. Not thread-safe: one for each thread.
/// </summary>
internal sealed class MinHash
{
    private const int Lanes = 16;
    private const int Group = 4 * Lanes;   // four vectors of minima, multipliers and offsets stay in registers

    private readonly int rowsPerBand;
    private readonly uint[] multipliers;
    private readonly uint[] offsets;
    private readonly uint[] minima;
    private readonly ulong[] keys;

    public MinHash(int bands, int rowsPerBand)
    {
        this.rowsPerBand = rowsPerBand;
        keys = new ulong[bands];
        var functions = (bands * rowsPerBand + Group - 1) / Group * Group;
        (multipliers, offsets, minima) = (new uint[functions], new uint[functions], new uint[functions]);
        var state = 0x4D696E48617368UL;
        for (var i = 0; i < functions; i++)
        {
            var random = SplitMix64(ref state);
            (multipliers[i], offsets[i]) = ((uint)random | 1, (uint)(random >> 32));
        }
    }

    /// <summary>One key for each band, none for the empty set; valid until the next call.</summary>
    public ReadOnlySpan<ulong> BandKeys(ReadOnlySpan<uint> shingles)
    {
        if (shingles.IsEmpty) return [];
        for (var first = 0; first < minima.Length; first += Group)
            Minima(shingles, first);
        var values = MemoryMarshal.AsBytes(minima.AsSpan());
        for (var band = 0; band < keys.Length; band++)
            keys[band] = XxHash3.HashToUInt64(values.Slice(band * rowsPerBand * sizeof(uint), rowsPerBand * sizeof(uint)), band);
        return keys;
    }

    private void Minima(ReadOnlySpan<uint> shingles, int first)
    {
        Vector512<uint> a0 = At(multipliers, first, 0), a1 = At(multipliers, first, 1), a2 = At(multipliers, first, 2), a3 = At(multipliers, first, 3);
        Vector512<uint> c0 = At(offsets, first, 0), c1 = At(offsets, first, 1), c2 = At(offsets, first, 2), c3 = At(offsets, first, 3);
        Vector512<uint> m0 = Vector512<uint>.AllBitsSet, m1 = m0, m2 = m0, m3 = m0;
        foreach (var shingle in shingles)
        {
            var x = Vector512.Create(shingle);
            m0 = Vector512.Min(m0, Mix((x ^ c0) * a0));
            m1 = Vector512.Min(m1, Mix((x ^ c1) * a1));
            m2 = Vector512.Min(m2, Mix((x ^ c2) * a2));
            m3 = Vector512.Min(m3, Mix((x ^ c3) * a3));
        }
        m0.CopyTo(minima, first);
        m1.CopyTo(minima, first + Lanes);
        m2.CopyTo(minima, first + 2 * Lanes);
        m3.CopyTo(minima, first + 3 * Lanes);
    }

    private static Vector512<uint> At(uint[] values, int first, int vector) => Vector512.Create(values, first + vector * Lanes);

    // Without it the permutations are linear and their minima depend on each other.
    private static Vector512<uint> Mix(Vector512<uint> y) => (y ^ (y >>> 16)) * Vector512.Create(0x7FEB352Du);

    private static ulong SplitMix64(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}

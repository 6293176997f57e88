using System.Numerics;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>
/// How many different values there were: exact up to 100,000, beyond by HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 2^14 registers over
/// 64-bit hashes, whose standard error is 1.04 / √16384 = 0.8 %. Memory is bounded by the exact part, about 3 MB.
/// </summary>
internal sealed class DistinctCount
{
    internal const int ExactUpTo = 100_000;
    private const int Precision = 14;
    private const int Registers = 1 << Precision;
    private readonly byte[] registers = new byte[Registers];
    private HashSet<ulong>? exact = [];

    public bool IsEstimate => exact is null;

    /// <param name="hash">Well mixed, such as XXH3's.</param>
    public void Add(ulong hash)
    {
        if (exact is not null && exact.Add(hash) && exact.Count > ExactUpTo)
            exact = null;
        var rank = (byte)(BitOperations.LeadingZeroCount(hash << Precision | 1UL << (Precision - 1)) + 1);
        ref var register = ref registers[hash >> (64 - Precision)];
        register = Math.Max(register, rank);
    }

    public long Value()
    {
        if (exact is not null)
            return exact.Count;
        // Far above 2.5 × the registers, where the estimate needs no correction for small numbers; 64 bits need none for large ones.
        const double Alpha = 0.7213 / (1 + 1.079 / Registers);
        var sum = registers.Sum(register => Math.ScaleB(1, -register));
        return (long)Math.Round(Alpha * Registers * Registers / sum);
    }
}

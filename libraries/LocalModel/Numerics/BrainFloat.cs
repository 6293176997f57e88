using System.Runtime.InteropServices;

namespace FineTuneAspire.LocalModel;

/// <summary>bfloat16, the upper half of a float: for weights at rest only, never for sums.</summary>
internal static class BrainFloat
{
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounds to nearest, ties to even. A NaN stays a NaN.</summary>
    public static ushort FromSingle(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)(bits >> 16 | 0x40) : (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }

    public static void Widen(ReadOnlySpan<byte> source, Span<float> target)
    {
        var bits = MemoryMarshal.Cast<byte, ushort>(source);
        for (var i = 0; i < target.Length; i++) target[i] = ToSingle(bits[i]);
    }
}

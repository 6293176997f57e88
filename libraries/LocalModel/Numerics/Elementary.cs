using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

internal static class Elementary
{
    /// <summary>
    /// eˣ. In float to within 2 units in the last place; 0 below −87, so that nothing becomes subnormal, which is a hundred times slower
    /// to compute with, and e⁸⁸ above 88. In double the runtime's own, so the two check each other. The runtime's float version widens
    /// to double and takes three times as long.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp<T>(Vector512<T> x) where T : unmanaged =>
        typeof(T) == typeof(float) ? ExpSingle(x.AsSingle()).As<float, T>() : Vector512.Exp(x.AsDouble()).As<double, T>();

    // eˣ = 2ⁿ · eʳ with n = round(x / ln 2), |r| ≤ ln 2 / 2. ln 2 is taken off in two parts so that r keeps its last bits. eʳ is its
    // Taylor polynomial to degree 7, whose remainder there is below 6e-9; 2ⁿ goes straight into the exponent bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ExpSingle(Vector512<float> x)
    {
        var lowest = Vector512.Create(-87f);
        var tiny = Vector512.LessThan(x, lowest);
        x = Vector512.MinNative(Vector512.MaxNative(x, lowest), Vector512.Create(88f));
        var n = Vector512.Round(x * Vector512.Create(1.44269504f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
        return Vector512.AndNot((p.AsInt32() + Vector512.ShiftLeft(Vector512.ConvertToInt32Native(n), 23)).AsSingle(), tiny);
    }

    /// <summary>The largest of a vector's numbers.</summary>
    public static T Highest<T>(Vector512<T> x) where T : unmanaged, INumber<T>
    {
        var half = Vector256.MaxNative(x.GetLower(), x.GetUpper());
        var quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        var highest = quarter[0];
        for (var i = 1; i < Vector128<T>.Count; i++) highest = quarter[i] > highest ? quarter[i] : highest;
        return highest;
    }
}

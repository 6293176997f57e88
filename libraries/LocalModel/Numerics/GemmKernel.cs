using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// The innermost product: C[12 × Wide] (+)= A[12 × k] · B[k × Wide], with B one panel of a <see cref="PackedMatrix{T}"/>.
/// Twelve rows and two vectors are 24 running sums, which with the two vectors of B and a broadcast number of A fill the 32 registers
/// of AVX-512: 24 multiply-adds for 14 loads.
/// </summary>
internal static unsafe class GemmKernel
{
    public const int Rows = 12;

    /// <param name="a">Element (row, k) at <c>a[row·aRow + k·aStep]</c>; all 12 rows must be readable.</param>
    /// <param name="c">Row stride <paramref name="cRow"/>; 12 rows of Wide numbers are written.</param>
    /// <param name="add">Add to C rather than overwrite it.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Vector<T>(nint k, T* a, nint aRow, nint aStep, T* panel, T* c, nint cRow, bool add) where T : unmanaged
    {
        var half = Vector512<T>.Count;
        Vector512<T> c00 = default, c01 = default, c10 = default, c11 = default, c20 = default, c21 = default;
        Vector512<T> c30 = default, c31 = default, c40 = default, c41 = default, c50 = default, c51 = default;
        Vector512<T> c60 = default, c61 = default, c70 = default, c71 = default, c80 = default, c81 = default;
        Vector512<T> c90 = default, c91 = default, ca0 = default, ca1 = default, cb0 = default, cb1 = default;
        // Row r is at a{r/3} + r%3 strides: four pointers and one stride address twelve rows.
        T* a0 = a, a3 = a + 3 * aRow, a6 = a + 6 * aRow, a9 = a + 9 * aRow;
        for (nint i = 0; i < k; i++)
        {
            Vector512<T> b0 = Vector512.Load(panel), b1 = Vector512.Load(panel + half), x;
            x = Vector512.Create(a0[0]); c00 = MultiplyAdd(x, b0, c00); c01 = MultiplyAdd(x, b1, c01);
            x = Vector512.Create(a0[aRow]); c10 = MultiplyAdd(x, b0, c10); c11 = MultiplyAdd(x, b1, c11);
            x = Vector512.Create(a0[2 * aRow]); c20 = MultiplyAdd(x, b0, c20); c21 = MultiplyAdd(x, b1, c21);
            x = Vector512.Create(a3[0]); c30 = MultiplyAdd(x, b0, c30); c31 = MultiplyAdd(x, b1, c31);
            x = Vector512.Create(a3[aRow]); c40 = MultiplyAdd(x, b0, c40); c41 = MultiplyAdd(x, b1, c41);
            x = Vector512.Create(a3[2 * aRow]); c50 = MultiplyAdd(x, b0, c50); c51 = MultiplyAdd(x, b1, c51);
            x = Vector512.Create(a6[0]); c60 = MultiplyAdd(x, b0, c60); c61 = MultiplyAdd(x, b1, c61);
            x = Vector512.Create(a6[aRow]); c70 = MultiplyAdd(x, b0, c70); c71 = MultiplyAdd(x, b1, c71);
            x = Vector512.Create(a6[2 * aRow]); c80 = MultiplyAdd(x, b0, c80); c81 = MultiplyAdd(x, b1, c81);
            x = Vector512.Create(a9[0]); c90 = MultiplyAdd(x, b0, c90); c91 = MultiplyAdd(x, b1, c91);
            x = Vector512.Create(a9[aRow]); ca0 = MultiplyAdd(x, b0, ca0); ca1 = MultiplyAdd(x, b1, ca1);
            x = Vector512.Create(a9[2 * aRow]); cb0 = MultiplyAdd(x, b0, cb0); cb1 = MultiplyAdd(x, b1, cb1);
            panel += 2 * half;
            a0 += aStep; a3 += aStep; a6 += aStep; a9 += aStep;
        }
        Put(c, c00, c01, add); Put(c += cRow, c10, c11, add); Put(c += cRow, c20, c21, add); Put(c += cRow, c30, c31, add);
        Put(c += cRow, c40, c41, add); Put(c += cRow, c50, c51, add); Put(c += cRow, c60, c61, add); Put(c += cRow, c70, c71, add);
        Put(c += cRow, c80, c81, add); Put(c += cRow, c90, c91, add); Put(c += cRow, ca0, ca1, add); Put(c += cRow, cb0, cb1, add);
    }

    /// <summary>The same tile without vectors, for processors without AVX-512.</summary>
    public static void Scalar<T>(nint k, T* a, nint aRow, nint aStep, T* panel, T* c, nint cRow, bool add) where T : unmanaged, INumberBase<T>
    {
        var wide = PackedMatrix<T>.Wide;
        var sums = stackalloc T[wide];
        for (var row = 0; row < Rows; row++)
        {
            for (var column = 0; column < wide; column++) sums[column] = add ? c[row * cRow + column] : T.Zero;
            for (nint i = 0; i < k; i++)
            {
                var x = a[row * aRow + i * aStep];
                var b = panel + i * wide;
                for (var column = 0; column < wide; column++) sums[column] += x * b[column];
            }
            for (var column = 0; column < wide; column++) c[row * cRow + column] = sums[column];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T>(T* c, Vector512<T> left, Vector512<T> right, bool add) where T : unmanaged
    {
        if (add) (left, right) = (left + Vector512.Load(c), right + Vector512.Load(c + Vector512<T>.Count));
        Vector512.Store(left, c);
        Vector512.Store(right, c + Vector512<T>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> MultiplyAdd<T>(Vector512<T> x, Vector512<T> y, Vector512<T> z) where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(x.AsSingle(), y.AsSingle(), z.AsSingle()).As<float, T>()
            : Vector512.FusedMultiplyAdd(x.AsDouble(), y.AsDouble(), z.AsDouble()).As<double, T>();
}

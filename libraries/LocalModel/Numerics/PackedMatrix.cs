using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// The right-hand matrix B [K × N] of a product, copied into panels as wide as the kernel's tile: panel p holds columns
/// [p·Wide, (p+1)·Wide) as K rows of Wide numbers, zeros beyond N. The kernel then reads it front to back, and a product over the
/// first k rows or the first panels uses the same copy.
/// </summary>
internal sealed unsafe class PackedMatrix<T> where T : unmanaged
{
    /// <summary>Columns of a panel: two vectors of 512 bits (32 floats, 16 doubles).</summary>
    public static readonly int Wide = 2 * Vector512<T>.Count;

    private AlignedBuffer<T>? _buffer;

    public int K { get; private set; }
    public int N { get; private set; }
    public int Panels => (N + Wide - 1) / Wide;

    public T* Panel(int panel) => _buffer!.Pointer + (nint)panel * K * Wide;

    /// <summary>Copies B, whose element (k, n) lies at <c>b[k·rowStride + n·columnStride]</c>.</summary>
    public PackedMatrix<T> Pack(int k, int n, T* b, nint rowStride, nint columnStride)
    {
        (K, N) = (k, n);
        _buffer = AlignedBuffer<T>.Grown(_buffer, checked(Panels * Wide * k));
        for (var p = 0; p < Panels; p++)
        {
            var columns = Math.Min(Wide, n - p * Wide);
            var source = b + p * Wide * columnStride;
            var target = Panel(p);
            if (columns < Wide) new Span<T>(target, k * Wide).Clear();
            if (columnStride == 1) CopyRows(k, columns, source, rowStride, target);
            else CopyColumns(k, columns, source, rowStride, columnStride, target);
        }
        return this;
    }

    private static void CopyRows(int k, int columns, T* source, nint rowStride, T* target)
    {
        for (var row = 0; row < k; row++, source += rowStride, target += Wide)
        {
            if (columns == Wide)
            {
                Vector512.Store(Vector512.Load(source), target);
                Vector512.Store(Vector512.Load(source + Vector512<T>.Count), target + Vector512<T>.Count);
            }
            else
            {
                for (var column = 0; column < columns; column++) target[column] = source[column];
            }
        }
    }

    // Four columns at a time: four streams to read, neighbouring numbers to write.
    private static void CopyColumns(int k, int columns, T* source, nint rowStride, nint columnStride, T* target)
    {
        var column = 0;
        for (; column + 4 <= columns; column += 4)
        {
            T* write = target + column, c0 = source + column * columnStride, c1 = c0 + columnStride, c2 = c1 + columnStride, c3 = c2 + columnStride;
            for (nint row = 0, at = 0; row < k; row++, at += rowStride, write += Wide)
            {
                write[0] = c0[at];
                write[1] = c1[at];
                write[2] = c2[at];
                write[3] = c3[at];
            }
        }
        for (; column < columns; column++)
            for (var row = 0; row < k; row++)
                target[row * Wide + column] = source[row * rowStride + column * columnStride];
    }
}

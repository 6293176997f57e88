using System.Runtime.CompilerServices;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Zeroed numbers on a 64-byte boundary in memory that the collector never moves. Pointers into it are good while the buffer is
/// reachable; it needs no disposing, so a snapshot in use can never be freed under a reader.
/// </summary>
internal sealed unsafe class AlignedBuffer<T> where T : unmanaged
{
    private const int Alignment = 64;
    private readonly T[] _array;
    private readonly int _start;

    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        _array = GC.AllocateArray<T>(checked(length + Alignment / sizeof(T)), pinned: true);
        var address = (nuint)Unsafe.AsPointer(ref _array[0]);
        _start = (int)(((Alignment - address % Alignment) % Alignment) / (nuint)sizeof(T));
        Length = length;
    }

    public int Length { get; }
    public T* Pointer => (T*)Unsafe.AsPointer(ref _array[_start]);
    public Span<T> Span => _array.AsSpan(_start, Length);

    /// <summary>The pointer at an offset, with room for <paramref name="count"/> numbers behind it, or an exception.</summary>
    public T* At(int offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)offset + count, Length);
        return Pointer + offset;
    }

    /// <summary>The buffer itself when it is long enough, else a longer one; the content is not kept.</summary>
    public static AlignedBuffer<T> Grown(AlignedBuffer<T>? buffer, int length) =>
        buffer is not null && buffer.Length >= length ? buffer : new AlignedBuffer<T>(length);
}

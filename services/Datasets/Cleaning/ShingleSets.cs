using System.Runtime.InteropServices;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>The shingle set of each row, in memory up to a limit, before that on disk: 4 bytes a shingle.</summary>
internal sealed class ShingleSets(long memoryLimit, string tempFolder) : IDisposable
{
    private readonly int capacity = (int)Math.Clamp(memoryLimit / sizeof(uint), 1, Array.MaxLength);
    private readonly List<long> ends = [];
    private uint[] recent = [];
    private int recentCount;
    private long onDisk;
    private TempFile? file;
    private (int Row, uint[] Buffer) left = (-1, []), right = (-1, []);

    public int Rows => ends.Count;

    public bool UsesDisk => file is not null;

    public int SizeOf(int row) => (int)(ends[row] - StartOf(row));

    public void Add(ReadOnlySpan<uint> set)
    {
        if (recentCount + set.Length > capacity) Spill();
        if (set.Length > capacity)
        {
            (file ??= new(tempFolder)).Append(MemoryMarshal.AsBytes(set));
            onDisk += set.Length;
        }
        else
        {
            if (recentCount + set.Length > recent.Length)
                Array.Resize(ref recent, (int)Math.Min(capacity, Math.Max(2L * recent.Length, recentCount + set.Length)));
            set.CopyTo(recent.AsSpan(recentCount));
            recentCount += set.Length;
        }
        ends.Add(onDisk + recentCount);
    }

    /// <summary>|A ∩ B| / |A ∪ B|, or null where the sizes alone say that it lies below the threshold. 0 when either is empty.</summary>
    public double? Jaccard(int a, int b, double threshold = 0)
    {
        int sizeA = SizeOf(a), sizeB = SizeOf(b);
        if (sizeA == 0 || sizeB == 0) return 0;
        if (Math.Min(sizeA, sizeB) < threshold * Math.Max(sizeA, sizeB)) return null;
        var shared = Shared(Read(a, ref left), Read(b, ref right));
        return (double)shared / (sizeA + sizeB - shared);
    }

    private long StartOf(int row) => row == 0 ? 0 : ends[row - 1];

    private ReadOnlySpan<uint> Read(int row, ref (int Row, uint[] Buffer) kept)
    {
        int size = SizeOf(row);
        var start = StartOf(row);
        if (start >= onDisk) return recent.AsSpan((int)(start - onDisk), size);
        if (kept.Row != row)
        {
            if (kept.Buffer.Length < size) kept.Buffer = new uint[Math.Max(size, 256)];
            kept.Row = -1;
            file!.Read(MemoryMarshal.AsBytes(kept.Buffer.AsSpan(0, size)), start * sizeof(uint));
            kept.Row = row;
        }
        return kept.Buffer.AsSpan(0, size);
    }

    private static int Shared(ReadOnlySpan<uint> a, ReadOnlySpan<uint> b)
    {
        int i = 0, j = 0, shared = 0;
        while (i < a.Length && j < b.Length)
        {
            uint x = a[i], y = b[j];
            // Without branches: which of two hashes is smaller cannot be predicted.
            shared += x == y ? 1 : 0;
            i += x <= y ? 1 : 0;
            j += y <= x ? 1 : 0;
        }
        return shared;
    }

    private void Spill()
    {
        if (recentCount == 0) return;
        (file ??= new(tempFolder)).Append(MemoryMarshal.AsBytes(recent.AsSpan(0, recentCount)));
        onDisk += recentCount;
        recentCount = 0;
    }

    public void Dispose() => file?.Dispose();
}

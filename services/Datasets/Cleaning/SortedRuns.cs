using System.Runtime.InteropServices;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>
/// An external merge sort of (key, row). Pairs collect in memory up to a limit, go to disk as a sorted run when it is reached, and the runs are
/// merged as they are read. While merging, the limit is shared by the runs' read buffers, each of which holds at least 340 pairs (4 KB).
/// </summary>
internal sealed class SortedRuns(long memoryLimit, string tempFolder) : IDisposable
{
    private const int PairBytes = sizeof(ulong) + sizeof(int);

    private readonly int capacity = (int)Math.Clamp(memoryLimit / PairBytes, 16, Array.MaxLength / sizeof(ulong));
    private readonly List<(long Offset, int Pairs)> runs = [];
    private ulong[] keys = [];
    private int[] rows = [];
    private int count;
    private TempFile? file;

    public bool UsesDisk => file is not null;

    public void Add(ulong key, int row)
    {
        if (count == keys.Length)
        {
            if (count == capacity) Spill();
            else Grow();
        }
        (keys[count], rows[count]) = (key, row);
        count++;
    }

    /// <summary>For each key that more than one pair has: its rows, ascending. Keys ascend. The list is reused for the next. Ends the adding.</summary>
    public IEnumerable<List<int>> SharedKeys()
    {
        List<int> group = [];
        ulong current = 0;
        foreach (var (key, row) in Merged())
        {
            if (group.Count > 0 && key != current)
            {
                if (group.Count > 1)
                {
                    group.Sort();   // runs are sorted by key only
                    yield return group;
                }
                group.Clear();
            }
            current = key;
            group.Add(row);
        }
        if (group.Count > 1)
        {
            group.Sort();
            yield return group;
        }
    }

    /// <summary>The rows in the order of their keys. Ends the adding.</summary>
    public IEnumerable<int> Sorted() => Merged().Select(pair => pair.Row);

    private IEnumerable<(ulong Key, int Row)> Merged()
    {
        if (file is null)
        {
            Array.Sort(keys, rows, 0, count);
            for (var i = 0; i < count; i++) yield return (keys[i], rows[i]);
            yield break;
        }

        if (count > 0) Spill();
        (keys, rows) = ([], []);
        var bufferPairs = Math.Max(4096 / PairBytes, capacity / runs.Count);
        var readers = runs.Select(run => new RunReader(file, run.Offset, run.Pairs, bufferPairs)).ToArray();
        PriorityQueue<RunReader, ulong> smallest = new(readers.Length);
        foreach (var reader in readers)
            if (reader.MoveNext()) smallest.Enqueue(reader, reader.Key);
        while (smallest.TryPeek(out var reader, out var key))
        {
            yield return (key, reader.Row);
            if (reader.MoveNext()) smallest.DequeueEnqueue(reader, reader.Key);
            else smallest.Dequeue();
        }
    }

    // A run on disk: all of its keys, then all of its rows.
    private void Spill()
    {
        file ??= new(tempFolder);
        Array.Sort(keys, rows, 0, count);
        runs.Add((file.Length, count));
        file.Append(MemoryMarshal.AsBytes(keys.AsSpan(0, count)));
        file.Append(MemoryMarshal.AsBytes(rows.AsSpan(0, count)));
        count = 0;
    }

    private void Grow()
    {
        var size = (int)Math.Min(capacity, Math.Max(1024, 2L * keys.Length));
        Array.Resize(ref keys, size);
        Array.Resize(ref rows, size);
    }

    public void Dispose() => file?.Dispose();

    private sealed class RunReader(TempFile file, long offset, int pairs, int bufferPairs)
    {
        private readonly ulong[] keys = new ulong[Math.Min(bufferPairs, pairs)];
        private readonly int[] rows = new int[Math.Min(bufferPairs, pairs)];
        private int next;
        private int held;
        private int read;

        public ulong Key => keys[next - 1];
        public int Row => rows[next - 1];

        public bool MoveNext()
        {
            if (next == held)
            {
                if (read == pairs) return false;
                held = Math.Min(keys.Length, pairs - read);
                file.Read(MemoryMarshal.AsBytes(keys.AsSpan(0, held)), offset + (long)read * sizeof(ulong));
                file.Read(MemoryMarshal.AsBytes(rows.AsSpan(0, held)), offset + (long)pairs * sizeof(ulong) + (long)read * sizeof(int));
                (next, read) = (0, read + held);
            }
            next++;
            return true;
        }
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Splitting;

namespace FineTuneAspire.Datasets.Rows;

/// <summary>Collects a version's rows as they are written and then sorts them, in memory that is bounded whatever their number.</summary>
internal sealed class RowManifestWriter(string tempFolder) : IDisposable
{
    private const long SortingMemory = 16 << 20;
    private const int RecordsAtOnce = 1024;
    private readonly TempFile unsorted = new(tempFolder);
    private readonly SortedRuns order = new(SortingMemory, tempFolder);
    private readonly byte[] pending = new byte[RecordsAtOnce * RowManifest.RecordBytes];
    private int pendingRows;
    private int rows;

    /// <param name="line">Without its end.</param>
    public void Add(ReadOnlySpan<byte> line, ulong group, long offset, Part part, int partLine, int sourceLine)
    {
        var row = new Row(SHA256.HashData(line), group, offset, part, partLine, sourceLine);
        row.Write(pending.AsSpan(pendingRows * RowManifest.RecordBytes));
        order.Add(BinaryPrimitives.ReadUInt64BigEndian(row.Hash), rows++);
        if (++pendingRows == RecordsAtOnce)
            Flush();
    }

    /// <summary>The sealed manifest; the caller keeps or disposes it. Ends the adding.</summary>
    public async Task<IncomingFile> WriteAsync(FileStorage storage, CancellationToken cancellationToken)
    {
        Flush();
        var file = storage.Receive();
        try
        {
            var (buffer, filled) = (new byte[RecordsAtOnce * RowManifest.RecordBytes], 0);
            foreach (var row in InOrder())
            {
                row.Write(buffer.AsSpan(filled));
                filled += RowManifest.RecordBytes;
                if (filled < buffer.Length)
                    continue;
                await file.WriteAsync(buffer, cancellationToken);
                filled = 0;
            }

            await file.WriteAsync(buffer.AsMemory(0, filled), cancellationToken);
            await file.SealAsync(cancellationToken);
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    public void Dispose()
    {
        order.Dispose();
        unsorted.Dispose();
    }

    /// <summary>By hash, part and line; what was sorted on the way knows only the first eight bytes of a hash.</summary>
    private IEnumerable<Row> InOrder()
    {
        List<Row> alike = [];
        var record = new byte[RowManifest.RecordBytes];
        foreach (var index in order.Sorted())
        {
            unsorted.Read(record, (long)index * RowManifest.RecordBytes);
            var row = Row.Read(record);
            if (alike.Count > 0 && !alike[0].Hash.AsSpan(0, 8).SequenceEqual(row.Hash.AsSpan(0, 8)))
            {
                foreach (var earlier in alike.Order())
                    yield return earlier;
                alike.Clear();
            }

            alike.Add(row);
        }

        foreach (var last in alike.Order())
            yield return last;
    }

    private void Flush()
    {
        unsorted.Append(pending.AsSpan(0, pendingRows * RowManifest.RecordBytes));
        pendingRows = 0;
    }
}

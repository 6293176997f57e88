using System.Buffers.Binary;
using System.Security.Cryptography;
using FineTuneAspire.Datasets.Splitting;
using Microsoft.Win32.SafeHandles;

namespace FineTuneAspire.Datasets.Rows;

/// <summary>
/// The rows of a version, sorted by the SHA-256 of their line: which rows there are, where each lies and where it came from. So two versions are
/// compared in one pass over both, and a row is found by its hash without reading the version. A file of 56-byte records beside the version's
/// parts, written once: hash 32, group 8, offset 8, line and part 4, source line 4, all big-endian.
/// </summary>
internal sealed class RowManifest(SafeFileHandle file) : IDisposable
{
    public const int HashBytes = SHA256.HashSizeInBytes;
    internal const int RecordBytes = HashBytes + 8 + 8 + 4 + 4;
    private const int RecordsAtOnce = 1024;

    public int Count { get; } = checked((int)(RandomAccess.GetLength(file) / RecordBytes));

    public Row this[int index]
    {
        get
        {
            Span<byte> record = stackalloc byte[RecordBytes];
            Read(record, index);
            return Row.Read(record);
        }
    }

    /// <summary>One of the rows with the hash, or null. Equal rows belong to one group.</summary>
    public Row? Find(ReadOnlySpan<byte> hash)
    {
        var index = LowerBound(hash);
        return index < Count && this[index] is var row && row.Hash.AsSpan().SequenceEqual(hash) ? row : null;
    }

    /// <summary>The index of the first row whose hash is not below the given one; <see cref="Count"/> when all are.</summary>
    public int LowerBound(ReadOnlySpan<byte> hash)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        var (low, high) = (0, Count);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            Read(record, middle);
            if (record[..HashBytes].SequenceCompareTo(hash) < 0)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>All rows in the order of their hashes.</summary>
    public IEnumerable<Row> From(int index = 0)
    {
        var buffer = new byte[RecordsAtOnce * RecordBytes];
        while (index < Count)
        {
            var records = Math.Min(RecordsAtOnce, Count - index);
            Read(buffer.AsSpan(0, records * RecordBytes), index);
            for (var record = 0; record < records; record++)
                yield return Row.Read(buffer.AsSpan(record * RecordBytes, RecordBytes));
            index += records;
        }
    }

    public void Dispose() => file.Dispose();

    private void Read(Span<byte> records, int index)
    {
        var offset = (long)index * RecordBytes;
        while (!records.IsEmpty)
        {
            var read = RandomAccess.Read(file, records, offset);
            if (read == 0)
                throw new EndOfStreamException($"The row manifest ends before record {index}.");
            records = records[read..];
            offset += read;
        }
    }
}

/// <summary>One row of a version.</summary>
/// <param name="Hash">SHA-256 of its line without the line end.</param>
/// <param name="Group">Rows of an equal group stay in one part.</param>
/// <param name="Offset">Of the line's first byte in the file of its part.</param>
/// <param name="Line">1-based, in the file of its part.</param>
/// <param name="SourceLine">1-based line, row or element of the source that it came from.</param>
internal sealed record Row(byte[] Hash, ulong Group, long Offset, Part Part, int Line, int SourceLine) : IComparable<Row>
{
    /// <summary>The hash as the API shows it: lower-case hex.</summary>
    public string Id => Convert.ToHexStringLower(Hash);

    /// <summary>By hash, then part, then line.</summary>
    public int CompareTo(Row? other) => other is null ? 1 : Hash.AsSpan().SequenceCompareTo(other.Hash) switch
    {
        0 => (Part, Line).CompareTo((other.Part, other.Line)),
        var byHash => byHash,
    };

    public static Row Read(ReadOnlySpan<byte> record)
    {
        var place = BinaryPrimitives.ReadUInt32BigEndian(record[48..]);
        return new(
            record[..RowManifest.HashBytes].ToArray(),
            BinaryPrimitives.ReadUInt64BigEndian(record[32..]),
            BinaryPrimitives.ReadInt64BigEndian(record[40..]),
            (Part)(place & 3),
            (int)(place >> 2),
            BinaryPrimitives.ReadInt32BigEndian(record[52..]));
    }

    public void Write(Span<byte> record)
    {
        Hash.CopyTo(record);
        BinaryPrimitives.WriteUInt64BigEndian(record[32..], Group);
        BinaryPrimitives.WriteInt64BigEndian(record[40..], Offset);
        BinaryPrimitives.WriteUInt32BigEndian(record[48..], ((uint)Line << 2) | (uint)Part);
        BinaryPrimitives.WriteInt32BigEndian(record[52..], SourceLine);
    }
}

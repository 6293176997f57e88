using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>
/// An answer without its Content-Encoding. What grows to more than a hundred times its size is a bomb, and refused where that shows. Length and
/// checksum at the end of gzip are compared here: .NET takes a packed file that ends early for a whole one.
/// </summary>
internal sealed class DecodedStream : ForwardStream
{
    /// <summary>For the header Accept-Encoding.</summary>
    public const string Accepted = "gzip";

    private const int MaxRatio = 100;

    /// <summary>So many packed bytes are taken as read from the start: a short text of one letter is no bomb.</summary>
    private const int Allowance = 1024;
    private readonly RemoteStream raw;
    private readonly GZipStream? decoder;
    private readonly Crc32 checksum = new();
    private long decoded;

    private DecodedStream(RemoteStream raw, GZipStream? decoder) => (this.raw, this.decoder) = (raw, decoder);

    /// <exception cref="ImportException">The encoding is none that is read.</exception>
    public static DecodedStream Over(RemoteStream raw, ICollection<string> encodings)
    {
        var named = encodings.Where(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)).ToList();
        if (named.Count > 1)
            throw new ImportException("content_encoding", "The answer is packed several times over (Content-Encoding).");
        return new DecodedStream(raw, named.Count == 0 ? null : named[0].ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(raw, CompressionMode.Decompress, leaveOpen: true),
            _ => throw new ImportException("content_encoding", "The answer has a Content-Encoding other than gzip."),
        });
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (decoder is null || buffer.IsEmpty)
            return await raw.ReadAsync(buffer, cancellationToken);
        int read;
        try
        {
            read = await decoder.ReadAsync(buffer, cancellationToken);
        }
        catch (InvalidDataException)
        {
            throw NotAsSaid();
        }

        if (read == 0)
            await CheckEndAsync(cancellationToken);
        checksum.Append(buffer.Span[..read]);
        decoded += read;
        if (decoded > MaxRatio * Math.Max(raw.BytesRead, Allowance))
            throw new ImportException("decompression_bomb", $"The answer unpacks to more than {MaxRatio} times its size. Serve the file without Content-Encoding.");
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        if (decoder is not null)
            await decoder.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>RFC 1952: the last eight bytes are the checksum and the length, both of 32 bits. One member is expected, as servers send it.</summary>
    private async Task CheckEndAsync(CancellationToken cancellationToken)
    {
        var rest = new byte[1024];
        while (await raw.ReadAsync(rest, cancellationToken) > 0)
        {
        }

        var end = raw.Last(8);
        if (end.Length < 8 || BinaryPrimitives.ReadUInt32LittleEndian(end) != checksum.GetCurrentHashAsUInt32() || BinaryPrimitives.ReadUInt32LittleEndian(end.AsSpan(4)) != (uint)decoded)
            throw NotAsSaid();
    }

    private static ImportException NotAsSaid() => new("content_encoding", "The answer is not packed as its Content-Encoding says, or not whole.");
}

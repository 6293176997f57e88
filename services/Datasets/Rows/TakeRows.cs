using System.Security.Cryptography;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Rows;

/// <summary>Takes the rows of an earlier version as the source of a new one: nothing is converted, and each row keeps its group.</summary>
internal sealed class TakeRows(IOptions<ValidationOptions> options)
{
    /// <param name="bytes">Of one or several parts; seekable, at its beginning.</param>
    public async Task<ImportedFile> HandleAsync(string format, Stream bytes, RowManifest parent, string? file, CancellationToken cancellationToken)
    {
        var groups = new List<ulong>();
        var hash = new byte[RowManifest.HashBytes];
        var reader = new LineReader(bytes, options.Value.MaxLineBytes);
        while (await reader.ReadAsync(cancellationToken))
        {
            SHA256.HashData(reader.Line.Span, hash);
            groups.Add(parent.Find(hash)?.Group ?? throw new InvalidDataException($"Line {reader.Number} of a part is not in the version's row manifest."));
        }

        return ImportedFile.OfVersion(format, bytes, groups, file);
    }
}

/// <summary>Several streams read as one. It can be wound back to its beginning and no further; the parts are disposed by whoever opened them.</summary>
internal sealed class JoinedStream(IReadOnlyList<Stream> parts) : Stream
{
    private int current;

    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;
    public override long Length => parts.Sum(part => part.Length);

    public override long Position
    {
        get => parts.Take(current + 1).Sum(part => part.Position);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(value, 0);
            foreach (var part in parts)
                part.Position = 0;
            current = 0;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var read = await parts[current].ReadAsync(buffer, cancellationToken);
            if (read > 0 || buffer.IsEmpty || current == parts.Count - 1)
                return read;
            current++;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Set Position to 0.");
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }
}

namespace FineTuneAspire.Datasets.Files;

/// <summary>A stream that is read asynchronously from its beginning, and can be wound back to it and no further.</summary>
internal abstract class ReadOnlyStream : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => true;
    public override bool CanWrite => false;

    public override long Position
    {
        get => Read();
        set
        {
            ArgumentOutOfRangeException.ThrowIfNotEqual(value, 0);
            Rewind();
        }
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Set Position to 0.");
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override void Flush() { }

    /// <summary>How many bytes were read since the beginning.</summary>
    protected abstract long Read();

    protected abstract void Rewind();
}

/// <summary>Several streams read as one; they are disposed by whoever opened them.</summary>
internal sealed class JoinedStream(IReadOnlyList<Stream> parts) : ReadOnlyStream
{
    private int current;

    public override long Length => parts.Sum(part => part.Length);

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

    protected override long Read() => parts.Take(current + 1).Sum(part => part.Position);

    protected override void Rewind()
    {
        foreach (var part in parts)
            part.Position = 0;
        current = 0;
    }
}

/// <summary>Tells how much of another stream was read, which is disposed by whoever opened it.</summary>
/// <param name="told">Called with the bytes read since the beginning; cheap and on any thread.</param>
internal sealed class MeteredStream(Stream inner, Action<long> told) : ReadOnlyStream
{
    private long read;

    public override long Length => inner.Length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        told(read += count);
        return count;
    }

    protected override long Read() => read;

    protected override void Rewind() => (inner.Position, read) = (0, 0);
}

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>Bytes from the network, read once and forward: breaks and stalls are told as <see cref="TransferException"/>, apart from failures of the own disk.</summary>
internal sealed class RemoteStream(Stream inner, TimeSpan stallTimeout) : ForwardStream
{
    /// <summary>As for uploads: fewer in a span is a stall.</summary>
    private const int LeastBytesPerSpan = 7_200;
    private CancellationTokenSource? stall;
    private readonly byte[] tail = new byte[8];
    private int inSpan;

    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (stall is null)
        {
            stall = new CancellationTokenSource();
            stall.CancelAfter(stallTimeout);
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stall.Token);
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException slow) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransferException("stalled", "The transfer stalled.", slow);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException)
        {
            throw new TransferException("broken_off", "The transfer broke off.", broken);
        }

        BytesRead += read;
        KeepTail(buffer.Span[..read]);
        if ((inSpan += read) >= LeastBytesPerSpan)
        {
            inSpan = 0;
            stall.CancelAfter(stallTimeout);
        }

        return read;
    }

    /// <returns>The last bytes read, up to eight.</returns>
    public byte[] Last(int count) => tail[^(int)Math.Min(count, Math.Min(BytesRead, tail.Length))..];

    private void KeepTail(ReadOnlySpan<byte> read)
    {
        if (read.Length < tail.Length)
            tail.AsSpan(read.Length).CopyTo(tail);
        read[^Math.Min(read.Length, tail.Length)..].CopyTo(tail.AsSpan(Math.Max(0, tail.Length - read.Length)));
    }

    public override async ValueTask DisposeAsync()
    {
        stall?.Dispose();
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }
}

/// <summary>A stream that can only be read, asynchronously and forward.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Only asynchronously.");
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

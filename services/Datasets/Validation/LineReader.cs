namespace FineTuneAspire.Datasets.Validation;

/// <summary>
/// Lines of raw bytes in constant memory. Only `\n` and `\r\n` end a line; U+2028, U+2029, U+0085 and a lone `\r` are content. A byte-order mark
/// at byte 0 is no part of the first line. A line longer than the limit is skipped, not held.
/// </summary>
public sealed class LineReader(Stream stream, int maxLineBytes)
{
    private static ReadOnlySpan<byte> Bom => [0xEF, 0xBB, 0xBF];
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private bool ended;
    private bool begun;

    /// <summary>1-based number of the current line.</summary>
    public int Number { get; private set; }

    /// <summary>The current line without its end; empty if <see cref="TooLong"/>. Valid until the next read.</summary>
    public ReadOnlyMemory<byte> Line { get; private set; }

    public bool TooLong { get; private set; }

    public bool HadByteOrderMark { get; private set; }

    /// <returns>False after the last line. A file that ends with a line end has no empty line behind it.</returns>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        if (!begun)
            await BeginAsync(cancellationToken);

        TooLong = false;
        var searched = start;
        while (true)
        {
            var newline = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (newline >= 0)
                return Take(searched + newline, next: searched + newline + 1);
            if (ended)
                return end > start || TooLong ? Take(end, next: end) : Finish();
            searched = end;

            if (end - start > maxLineBytes + 1)
            {
                TooLong = true;
                start = end = searched = 0;
            }
            else if (end == buffer.Length)
            {
                var held = end - start;
                var target = held > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
                buffer.AsSpan(start, held).CopyTo(target);
                (buffer, start, end, searched) = (target, 0, held, held);
            }

            await FillAsync(cancellationToken);
        }
    }

    private async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        begun = true;
        while (end < 3 && !ended)
            await FillAsync(cancellationToken);
        if (buffer.AsSpan(0, end).StartsWith(Bom))
        {
            HadByteOrderMark = true;
            start = Bom.Length;
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        var read = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken);
        end += read;
        ended = read == 0;
    }

    private bool Take(int lineEnd, int next)
    {
        Number++;
        var hasNewline = next > lineEnd;
        if (hasNewline && lineEnd > start && buffer[lineEnd - 1] == '\r')
            lineEnd--;
        TooLong |= lineEnd - start > maxLineBytes;
        Line = TooLong ? default : buffer.AsMemory(start, lineEnd - start);
        start = next;
        return true;
    }

    private bool Finish()
    {
        Line = default;
        return false;
    }
}

using System.Buffers;

namespace FineTuneAspire.Inference.Chat;

/// <summary>
/// Takes the bytes of an upstream event stream in pieces of any size and gives them back with our model id in each chunk. Whole lines
/// go out as soon as their end is seen; every byte but the model's value stays as it came, line ends, comments and unknown
/// fields included. A `data:` line that is no JSON object on its own (`[DONE]`, or JSON spread over several `data:` lines, which no
/// known provider sends) passes unchanged.
/// </summary>
internal sealed class EventStreamRewriter(string model, ChatAnswerFacts facts, int longestLine = EventStreamRewriter.LongestLine)
{
    public const int LongestLine = 16 * 1024 * 1024;
    private readonly byte[] _model = ChatRequestBody.Quoted(model);
    private byte[] _pending = new byte[4096];
    private int _length;
    private int _searched;
    private bool _afterCarriageReturn;

    /// <summary>True after `data: [DONE]`.</summary>
    public bool IsDone { get; private set; }

    /// <summary>True when all that was given out ends between two events, so that another event may follow.</summary>
    public bool IsBetweenEvents { get; private set; } = true;

    /// <summary>True when the input broke off inside a line; that part is never given out.</summary>
    public bool HasPending => _length > 0;

    /// <exception cref="InvalidDataException">A line is longer than the limit.</exception>
    public void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        Append(bytes);
        var start = 0;
        while (true)
        {
            // What was searched before holds no line end: a long line costs linear time.
            var found = _pending.AsSpan(_searched, _length - _searched).IndexOfAny((byte)'\n', (byte)'\r');
            if (found < 0)
                break;
            var end = _searched + found + 1;
            WriteLine(_pending.AsSpan(start, end - start), output);
            (start, _searched) = (end, end);
        }

        _pending.AsSpan(start, _length - start).CopyTo(_pending);
        _length -= start;
        _searched = _length;
        if (_length > longestLine)
            throw new InvalidDataException($"a line of the event stream is longer than {longestLine:N0} bytes");
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _pending.Length)
            Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _length + bytes.Length));
        bytes.CopyTo(_pending.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <param name="line">With its line end.</param>
    private void WriteLine(ReadOnlySpan<byte> line, IBufferWriter<byte> output)
    {
        var text = line[..^1];
        // The \n of a \r\n whose \r has ended the line already.
        var isSecondHalf = text.IsEmpty && line[0] == '\n' && _afterCarriageReturn;
        _afterCarriageReturn = line[^1] == '\r';
        if (!isSecondHalf)
            IsBetweenEvents = text.IsEmpty;
        if (!text.StartsWith("data:"u8))
        {
            output.Write(line);
            return;
        }

        var value = text["data:"u8.Length..];
        if (value.Trim((byte)' ').SequenceEqual("[DONE]"u8))
            IsDone = true;
        if (value.IndexOf((byte)'{') < 0 || !facts.TryRead(value, out var span) || span.IsEmpty)
        {
            output.Write(line);
            return;
        }

        var at = line.Length - 1 - value.Length + span.Start;
        output.Write(line[..at]);
        output.Write(_model);
        output.Write(line[(at + span.Length)..]);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using CsvHelper;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>How the records of a file stand in it.</summary>
public enum Container
{
    JsonLines,
    JsonArray,
    Delimited,
}

/// <param name="Line">1-based: the line in JSON Lines and delimited text (a row's first one), the element in a JSON array.</param>
/// <param name="Value">An object. A row of delimited text has a string under each name of the header.</param>
public readonly record struct SourceRecord(int Line, JsonElement Value);

/// <summary>
/// The records of a file as JSON values, one at a time: memory grows with the longest record, which has a limit, not with the file. What cannot
/// be read is reported; lines and rows go on after it, an array ends there.
/// </summary>
public sealed class SourceRecords(int maxRecordBytes, ProblemList problems)
{
    private const int SniffedBytes = 64 * 1024;

    /// <summary>Looks at the first character that is no white space, then rewinds the stream. Text that begins like no JSON is delimited.</summary>
    public static async Task<Container> SniffAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new byte[SniffedBytes];
        var read = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        stream.Position = 0;
        var text = head.AsSpan(0, read);
        if (text.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        var first = text.IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 || text[first] == '{' ? Container.JsonLines : text[first] == '[' ? Container.JsonArray : HeaderHasSeveralNames(text[first..]) ? Container.Delimited : Container.JsonLines;
    }

    public IAsyncEnumerable<SourceRecord> ReadAsync(Stream stream, Container container, CancellationToken cancellationToken) => container switch
    {
        Container.JsonLines => ReadLinesAsync(stream, cancellationToken),
        Container.JsonArray => ReadArrayAsync(stream, cancellationToken),
        _ => ReadDelimitedAsync(stream, cancellationToken),
    };

    // A word that is no name of a column is no table either: such a file is read as JSON Lines, whose errors say what is expected.
    private static bool HeaderHasSeveralNames(ReadOnlySpan<byte> text)
    {
        var end = text.IndexOfAny((byte)'\r', (byte)'\n');
        var header = Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
        return header.Split(',', ';', '\t', '|') is { Length: > 1 } names && names.All(name => name.Trim().Trim('"') is { Length: > 0 and <= 64 });
    }

    private async IAsyncEnumerable<SourceRecord> ReadLinesAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new LineReader(stream, maxRecordBytes);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.TooLong)
                problems.Error(reader.Number, Rules.LineTooLong, $"The line is longer than {maxRecordBytes} bytes.");
            else if (reader.Line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0 && LineSyntax.Check(reader.Line.Span, reader.Number, problems))
                yield return new SourceRecord(reader.Number, Parse(reader.Line));
        }
    }

    private async IAsyncEnumerable<SourceRecord> ReadArrayAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var limited = new RecordLimit(stream, maxRecordBytes);
        var options = new JsonSerializerOptions { MaxDepth = Rules.MaximumDepth, DefaultBufferSize = 64 * 1024 };
        await using var elements = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(limited, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (var number = 1; ; number++)
        {
            try
            {
                if (!await elements.MoveNextAsync())
                    yield break;
            }
            catch (JsonException exception)
            {
                problems.Error(number, Rules.InvalidJson, $"Element {number} of the array cannot be read: {exception.Message}");
                yield break;
            }
            catch (RecordTooLongException)
            {
                problems.Error(number, Rules.LineTooLong, $"Element {number} of the array is longer than {maxRecordBytes} bytes.");
                yield break;
            }

            limited.NextRecord();
            // The deserializer lets invalid UTF-8, lone surrogates and a key twice through.
            if (elements.Current.ValueKind != JsonValueKind.Object)
                problems.Error(number, Rules.NotAnObject, $"Element {number} of the array is no object.");
            else if (LineSyntax.Check(JsonMarshal.GetRawUtf8Value(elements.Current), number, problems))
                yield return new SourceRecord(number, elements.Current);
        }
    }

    private async IAsyncEnumerable<SourceRecord> ReadDelimitedAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var csv = CsvReader.Create(stream, new CsvReaderOptions
        {
            MaxRecordSize = maxRecordBytes,
            TrackLineNumbers = true,
            MalformedData = CsvMalformedDataHandling.Skip,
            FieldCountMismatch = CsvFieldCountHandling.Skip,
            OnMalformedRecord = row => problems.Error((int)row.LineNumber, Rules.InvalidRow, WhatIsWrong(row.Reason)),
        }, leaveOpen: true);
        while (await TryAsync(() => csv.ReadAsync(cancellationToken)))
        {
            var line = (int)csv.LineNumber;
            if (csv.RowNumber == 1 && csv.Headers.GroupBy(name => name).FirstOrDefault(names => names.Count() > 1) is { } twice)
            {
                problems.Error(1, Rules.DuplicateKey, $"Two columns have the name '{twice.Key}'. Rename one.");
                yield break;
            }

            if (Row(csv) is { } row)
                yield return new SourceRecord(line, row);
            else
                problems.Error(line, Rules.InvalidUtf8, "The row is not UTF-8. Save the file as UTF-8.");
        }
    }

    private async ValueTask<bool> TryAsync(Func<ValueTask<bool>> read)
    {
        try
        {
            return await read();
        }
        catch (CsvFormatException exception)
        {
            problems.Error(Math.Max(1, (int)exception.LineNumber), Rules.LineTooLong, $"The row is longer than {maxRecordBytes} bytes; a quote may be missing before it.");
            return false;
        }
    }

    /// <summary>Null when a field is not UTF-8.</summary>
    private static JsonElement? Row(CsvReader csv)
    {
        var fields = new JsonObject();
        for (var i = 0; i < csv.FieldCount; i++)
        {
            if (!Utf8.IsValid(csv.GetSpan(i)))
                return null;
            fields.Add(csv.Headers[i], csv.GetString(i));
        }

        return JsonSerializer.SerializeToElement(fields);
    }

    private static string WhatIsWrong(CsvMalformedReason reason) => reason switch
    {
        CsvMalformedReason.FieldCountMismatch => "The row has another number of fields than the header. Quote a field that holds the delimiter or a line end.",
        CsvMalformedReason.UnterminatedQuote => "A quote of the row is never closed.",
        CsvMalformedReason.TextAfterClosingQuote => "Text follows a closing quote. Double quotes inside a quoted field.",
        _ => "A quote stands inside a field that is not quoted. Quote the field, and double quotes inside it.",
    };

    private static JsonElement Parse(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
        return document.RootElement.Clone();
    }

    /// <summary>Lets so many bytes pass per record: a reader that waits for the end of an endless one is stopped.</summary>
    private sealed class RecordLimit(Stream inner, int limit) : Stream
    {
        private long since;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void NextRecord() => since = 0;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (since > limit)
                throw new RecordTooLongException();
            var read = await inner.ReadAsync(buffer, cancellationToken);
            since += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private sealed class RecordTooLongException : Exception;
}

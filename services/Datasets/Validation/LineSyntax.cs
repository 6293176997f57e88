using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>
/// What must hold for a line before its meaning is asked: valid UTF-8, one JSON object, readable strings, no key twice. Done by hand over
/// Utf8JsonReader, because System.Text.Json's own parsers take invalid UTF-8, lone surrogates and duplicate keys, and fail (or choose) later.
/// </summary>
internal static class LineSyntax
{
    /// <returns>True when the line may be parsed and every string in it decoded.</returns>
    public static bool Check(ReadOnlySpan<byte> line, int number, ProblemList problems)
    {
        if (line.IndexOf((byte)0) is >= 0 and var zero)
        {
            problems.Error(number, Rules.NullCharacter, $"Byte {zero + 1} of the line is NUL, which no JSON contains. If the file was saved as UTF-16, save it as UTF-8.");
            return false;
        }

        if (!Utf8.IsValid(line))
        {
            problems.Error(number, Rules.InvalidUtf8, $"Byte {FirstInvalid(line) + 1} of the line is not valid UTF-8. Save the file as UTF-8; other encodings and surrogate pairs written as UTF-8 are not accepted.");
            return false;
        }

        var errors = problems.ErrorCount;
        try
        {
            new Walk(number, problems).Run(line);
        }
        catch (JsonException malformed)
        {
            problems.Error(number, Rules.InvalidJson, $"Not valid JSON at byte {malformed.BytePositionInLine + 1} of the line: {Shorten(malformed.Message)} Each line must be one JSON object, complete on that line.");
        }

        return problems.ErrorCount == errors;
    }

    // System.Text.Json ends its messages with a place of its own, which counts CR inside the line as a line.
    private static string Shorten(string message)
    {
        var place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? message : message[..place];
    }

    private static int FirstInvalid(ReadOnlySpan<byte> line)
    {
        var offset = 0;
        while (offset < line.Length && Rune.DecodeFromUtf8(line[offset..], out _, out var length) == System.Buffers.OperationStatus.Done)
            offset += length;
        return offset;
    }

    private sealed class Frame(bool isArray)
    {
        public bool IsArray => isArray;
        public int Index = -1;
        public string Key = "";
        public readonly HashSet<string>? Keys = isArray ? null : [];
    }

    /// <summary>One pass over the tokens with the path to the current one.</summary>
    private sealed class Walk(int number, ProblemList problems)
    {
        private readonly Stack<Frame> frames = [];
        private int keys;
        private int roots;

        public void Run(ReadOnlySpan<byte> line)
        {
            // One deeper than allowed, so that this code and not the reader names the depth.
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Rules.MaximumDepth + 2, AllowMultipleValues = true });
            while (reader.Read())
            {
                if (!Visit(ref reader))
                    return;
            }
        }

        private bool Visit(ref Utf8JsonReader reader)
        {
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                frames.Pop();
                return true;
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
                return VisitKey(ref reader);

            if (frames.TryPeek(out var parent))
                parent.Index++;
            else if (++roots == 2)
                return Stop(Rules.SeveralValues, $"A second JSON value begins at byte {reader.TokenStartIndex + 1} of the line. Put each example on a line of its own, ended by \\n.", null);

            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray when frames.Count == Rules.MaximumDepth:
                    return Stop(Rules.TooDeep, $"Objects and arrays are nested deeper than {Rules.MaximumDepth} levels.", null);
                case JsonTokenType.StartArray when roots == 1 && frames.Count == 0:
                case not JsonTokenType.StartObject when frames.Count == 0:
                    return Stop(Rules.NotAnObject, $"The line is {Describe(reader.TokenType)}; it must be an object such as {{\"messages\": [...]}}.", null);
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    frames.Push(new Frame(reader.TokenType == JsonTokenType.StartArray));
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped:
                    CheckText(Decode(ref reader), "The string");
                    break;
                case JsonTokenType.Number:
                    if (reader.ValueSpan.Length > 100 || !reader.TryGetDouble(out var value) || !double.IsFinite(value))
                        problems.Error(number, Rules.NumberOutOfRange, "The number is too large or has more than 100 characters: readers would disagree about its value.", Path());
                    break;
            }

            return true;
        }

        private bool VisitKey(ref Utf8JsonReader reader)
        {
            var frame = frames.Peek();
            if (++keys > Rules.MaximumKeys)
                return Stop(Rules.TooManyKeys, $"The line has more than {Rules.MaximumKeys} keys.", null);

            var key = Decode(ref reader);
            frame.Key = key ?? "?";
            CheckText(key, "The key");
            if (key is not null && !frame.Keys!.Add(key))
                problems.Error(number, Rules.DuplicateKey, "The object has this key twice, and readers disagree about which one counts. Remove one.", Path());
            return true;
        }

        private void CheckText(string? text, string what)
        {
            if (text is null)
                problems.Error(number, Rules.LoneSurrogate, $"{what} contains half of a surrogate pair (such as \\ud83d without \\ude00), which is no character. Write the whole pair, or the character itself.", Path());
            else if (text.Contains('\0'))
                problems.Error(number, Rules.NullCharacter, $"{what} contains \\u0000, which cannot be stored or trained on. Remove it.", Path());
        }

        private static string? Decode(ref Utf8JsonReader reader)
        {
            try
            {
                return reader.GetString();
            }
            catch (InvalidOperationException)
            {
                // The reader's way to say that the text is no Unicode.
                return null;
            }
        }

        private bool Stop(string code, string message, string? path)
        {
            problems.Error(number, code, message, path);
            return false;
        }

        private string Path()
        {
            var path = "";
            foreach (var frame in frames.Reverse())
                path = frame.IsArray ? $"{path}[{frame.Index}]" : JsonPath.Key(path, frame.Key);
            return path;
        }

        private static string Describe(JsonTokenType type) => type switch
        {
            JsonTokenType.StartArray => "an array",
            JsonTokenType.String => "a string",
            JsonTokenType.Number => "a number",
            JsonTokenType.Null => "null",
            _ => "a boolean",
        };
    }
}

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>
/// One example as the steps of a recipe see it. Only what a step changes is written anew, spliced into the line's own bytes: the order of keys,
/// unknown fields, weights, tools, pictures, the form of numbers and the white space between tokens stay as they came. One instance serves all rows.
/// </summary>
internal sealed class Example
{
    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly List<TextChange> changes = [];
    private readonly ArrayBufferWriter<byte> json = new(1024);
    private ReadOnlyMemory<byte> line;
    private ExampleScan? scan;

    /// <summary>Where it came from, 1-based.</summary>
    public int SourceLine { get; private set; }

    /// <summary>Equal values stay in one part of a split.</summary>
    public ulong Group { get; private set; }

    /// <summary>Why a step leaves it out, or null.</summary>
    public string? DroppedBecause { get; private set; }

    /// <summary>Why a step will not have it in a dataset at all, or null: the version is rejected.</summary>
    public string? RefusedBecause { get; private set; }

    /// <summary>What the step at work has changed.</summary>
    public IReadOnlyList<TextChange> Changes => changes;

    /// <summary>False when the line is no JSON object in valid UTF-8. Steps leave it alone, and validation says what is wrong with it.</summary>
    public bool IsReadable => Scanned.IsReadable;

    /// <summary>In their order, those of a preference example's input and answers too.</summary>
    public IReadOnlyList<ExampleMessage> Messages => Scanned.Messages;

    public IEnumerable<ExampleText> Texts => Scanned.Messages.SelectMany(message => message.Texts);

    /// <summary>The assistant's last message, or null.</summary>
    public ExampleMessage? Answer => Scanned.Messages.LastOrDefault(message => message is { Role: "assistant", List: ExampleScan.OwnMessages });

    /// <summary>Its only text, which a dataset for classification takes its labels from; null where it has none or several.</summary>
    public ExampleText? Label => Answer is { HasCalls: false, Texts: [{ Kind: TextKind.Content or TextKind.Part } only] } ? only : null;

    /// <summary>The line as it is now, without its end. Valid until the next row is loaded or something is changed.</summary>
    public ReadOnlyMemory<byte> Line
    {
        get
        {
            if (scan is { IsReadable: true } && scan.Messages.Exists(message => message.Texts.Exists(text => text.IsChanged)))
                Splice(Texts.Where(text => text.IsChanged).Select(text => (text.Start, text.End, Encoded(text.Value))).OrderBy(edit => edit.Start));
            return line;
        }
    }

    private ExampleScan Scanned => scan ??= ExampleScan.Of(line.Span, this);

    public void Load(ReadOnlyMemory<byte> row, int sourceLine, ulong group)
    {
        (line, SourceLine, Group, scan, DroppedBecause, RefusedBecause) = (row, sourceLine, group, null, null, null);
        changes.Clear();
    }

    public void BeginStep()
    {
        changes.Clear();
        (DroppedBecause, RefusedBecause) = (null, null);
    }

    /// <param name="reason">For a person, with the place where it helps.</param>
    public void Drop(string reason) => DroppedBecause = reason;

    public void Refuse(string reason) => RefusedBecause = reason;

    /// <summary>A system message before all others.</summary>
    public void InsertSystemMessage(string text)
    {
        if (Scanned.MessagesStart is not { } start)
            return;
        var separator = Messages.Any(message => message.List == ExampleScan.OwnMessages) ? "," : "";
        Note(new TextChange(0, "", text));
        var bytes = Encoding.UTF8.GetBytes($"{{\"role\":\"system\",\"content\":{Encoding.UTF8.GetString(Encoded(text))}}}{separator}");
        Rebuild((start, start, bytes));
    }

    /// <summary>For a message whose content is null or absent.</summary>
    public void FillContent(ExampleMessage message, string text)
    {
        Note(new TextChange(message.Index, "", text));
        Rebuild(message.NullContent is { } place
            ? (place.Start, place.End, Encoded(text))
            : (message.End, message.End, [.. ",\"content\":"u8, .. Encoded(text)]));
    }

    /// <summary>A field beside the messages; one that is there and null is replaced.</summary>
    public void FillField(string name, string text)
    {
        Note(new TextChange(null, "", $"{name}: {text}"));
        if (Scanned.Fields.TryGetValue(name, out var place))
            Rebuild((place.Start, place.End, Encoded(text)));
        else
            Rebuild((Scanned.End, Scanned.End, [.. Scanned.Fields.Count > 0 ? ","u8 : [], .. Encoded(name), .. ":"u8, .. Encoded(text)]));
    }

    /// <summary>The value of a field beside the messages when it is a string; "" for any other value but null; null where it is absent or null.</summary>
    public string? Field(string name)
    {
        if (!Scanned.Fields.TryGetValue(name, out var place))
            return null;
        var reader = new Utf8JsonReader(line.Span[place.Start..place.End]);
        reader.Read();
        return reader.TokenType switch { JsonTokenType.Null => null, JsonTokenType.String => reader.GetString(), _ => "" };
    }

    internal void Note(TextChange change) => changes.Add(change);

    internal byte[] Encoded(string text)
    {
        json.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(json, Written))
            writer.WriteStringValue(text);
        return json.WrittenSpan.ToArray();
    }

    private void Rebuild((int Start, int End, byte[] Bytes) edit)
    {
        // Texts that were changed before move when something is put in: they are written first, and found again where they are.
        var changed = Texts.Where(text => text.IsChanged).Select(text => (text.Start, text.End, Bytes: Encoded(text.Value)));
        Splice(changed.Append(edit).OrderBy(one => one.Start));
    }

    private void Splice(IEnumerable<(int Start, int End, byte[] Bytes)> edits)
    {
        ArrayBufferWriter<byte> rebuilt = new(line.Length + 256);
        var from = 0;
        foreach (var (start, end, bytes) in edits)
        {
            rebuilt.Write(line.Span[from..start]);
            rebuilt.Write(bytes);
            from = end;
        }

        rebuilt.Write(line.Span[from..]);
        (line, scan) = (rebuilt.WrittenMemory, null);
    }
}

/// <param name="MessageIndex">0-based, or null where it is no message that was changed.</param>
internal readonly record struct TextChange(int? MessageIndex, string Before, string After);

/// <summary>A message of an example.</summary>
/// <param name="list">The array it stands in: `messages`, or one of a preference example's.</param>
/// <param name="index">In that array, from 0.</param>
internal sealed class ExampleMessage(string list, int index)
{
    public string List => list;
    public int Index => index;
    public string Role { get; set; } = "";
    public List<ExampleText> Texts { get; } = [];

    /// <summary>It calls a tool or function.</summary>
    public bool HasCalls { get; set; }

    /// <summary>Its content holds parts that are no text, such as pictures.</summary>
    public bool HasOtherParts { get; set; }
    public bool HasContent { get; set; }
    public (int Start, int End)? NullContent { get; set; }

    /// <summary>Of its opening brace in the line.</summary>
    public int Start { get; set; }

    /// <summary>Of its closing brace in the line.</summary>
    public int End { get; set; }

    /// <summary>What it says, its content's texts joined; the arguments of calls are not said.</summary>
    public string Said => Texts switch
    {
        [{ Kind: not TextKind.Arguments } only] => only.Value,
        _ => string.Join('\n', Texts.Where(text => text.Kind != TextKind.Arguments).Select(text => text.Value)),
    };

    public bool IsBlank => !HasCalls && !HasOtherParts && Texts.TrueForAll(text => string.IsNullOrWhiteSpace(text.Value));
}

internal enum TextKind
{
    Content,
    Part,
    Refusal,
    /// <summary>JSON in a string: what a tool is called with.</summary>
    Arguments,
}

/// <summary>A text of a message that a step may change.</summary>
internal sealed class ExampleText(Example example, ExampleMessage message, TextKind kind, string value, int start, int end)
{
    public ExampleMessage Message => message;
    public TextKind Kind => kind;

    /// <summary>Of its token, quotes included, in the line.</summary>
    public int Start => start;
    public int End => end;
    public bool IsChanged { get; private set; }
    public string Value { get; private set; } = value;

    public void Change(string text)
    {
        if (text == Value)
            return;
        example.Note(new TextChange(message.Index, Value, text));
        (Value, IsChanged) = (text, true);
    }

    /// <summary>Changes every text that a reader would find in it: the text itself, or each string and number within the arguments of a call.</summary>
    public void ChangeWithin(Func<string, string> change)
    {
        if (kind == TextKind.Arguments && ArgumentTexts.TryChange(Value, change, example, out var changed))
            Change(changed);
        else
            Change(change(Value));
    }
}

/// <summary>JSON in a string keeps its form when what it says is redacted.</summary>
internal static class ArgumentTexts
{
    /// <returns>False when it is no JSON: then it is a text like any other.</returns>
    public static bool TryChange(string arguments, Func<string, string> change, Example example, out string changed)
    {
        changed = arguments;
        var bytes = Encoding.UTF8.GetBytes(arguments);
        if (!Utf8.IsValid(bytes))
            return false;
        List<(int Start, int End, byte[] Bytes)> edits = [];
        try
        {
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Number))
                    continue;
                var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
                // A number that is redacted becomes a string, for there is no number that says nothing.
                if (change(text) is var replaced && replaced != text)
                    edits.Add(((int)reader.TokenStartIndex, (int)reader.BytesConsumed, example.Encoded(replaced)));
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }

        if (edits.Count == 0)
            return true;
        ArrayBufferWriter<byte> rebuilt = new(bytes.Length + 64);
        var from = 0;
        foreach (var (start, end, replacement) in edits)
        {
            rebuilt.Write(bytes.AsSpan(from, start - from));
            rebuilt.Write(replacement);
            from = end;
        }

        rebuilt.Write(bytes.AsSpan(from));
        changed = Encoding.UTF8.GetString(rebuilt.WrittenSpan);
        return true;
    }
}

using System.Text.Json;
using System.Text.Unicode;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>Where the messages of a line and their texts stand, found in one pass over its tokens.</summary>
internal sealed class ExampleScan
{
    public const string OwnMessages = "messages";
    private static readonly HashSet<string> MessageLists = [OwnMessages, "preferred_output", "non_preferred_output"];

    private ExampleScan() { }

    public bool IsReadable { get; private set; }
    public List<ExampleMessage> Messages { get; } = [];

    /// <summary>Just behind the bracket that opens `messages`.</summary>
    public int? MessagesStart { get; private set; }

    /// <summary>Of the object's closing brace.</summary>
    public int End { get; private set; }

    /// <summary>Of each field of the object: its value.</summary>
    public Dictionary<string, (int Start, int End)> Fields { get; } = [];

    public static ExampleScan Of(ReadOnlySpan<byte> line, Example example)
    {
        var scan = new ExampleScan();
        try
        {
            scan.IsReadable = Utf8.IsValid(line) && scan.Read(line, example);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON, or a string that is no Unicode: validation names the place.
            scan.IsReadable = false;
        }

        if (!scan.IsReadable)
            scan.Messages.Clear();
        return scan;
    }

    private bool Read(ReadOnlySpan<byte> line, Example example)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = Rules.MaximumDepth + 2 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.StartArray && MessageLists.Contains(name))
            {
                if (name == OwnMessages)
                    MessagesStart = (int)reader.BytesConsumed;
                ReadMessages(ref reader, name, example);
            }
            else if (reader.TokenType == JsonTokenType.StartObject && name == "input")
            {
                ReadInput(ref reader, example);
            }
            else
            {
                reader.Skip();
            }

            Fields[name] = (start, (int)reader.BytesConsumed);
        }

        End = (int)reader.TokenStartIndex;
        return !reader.Read();
    }

    /// <summary>Of a preference example: `{"input":{"messages":[…]},"preferred_output":[…],"non_preferred_output":[…]}`.</summary>
    private void ReadInput(ref Utf8JsonReader reader, Example example)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMessages = reader.ValueTextEquals("messages"u8);
            reader.Read();
            if (isMessages && reader.TokenType == JsonTokenType.StartArray)
                ReadMessages(ref reader, "input.messages", example);
            else
                reader.Skip();
        }
    }

    private void ReadMessages(ref Utf8JsonReader reader, string list, Example example)
    {
        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (reader.TokenType == JsonTokenType.StartObject)
                ReadMessage(ref reader, new ExampleMessage(list, index) { Start = (int)reader.TokenStartIndex }, example);
            else
                reader.Skip();
        }
    }

    private void ReadMessage(ref Utf8JsonReader reader, ExampleMessage message, Example example)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name, reader.TokenType)
            {
                case ("role", JsonTokenType.String):
                    message.Role = reader.GetString()!;
                    break;
                case ("content", JsonTokenType.String):
                    Add(ref reader, message, TextKind.Content, example);
                    break;
                case ("content", JsonTokenType.Null):
                    message.NullContent = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
                    break;
                case ("content", JsonTokenType.StartArray):
                    ReadParts(ref reader, message, example);
                    break;
                case ("refusal", JsonTokenType.String):
                    Add(ref reader, message, TextKind.Refusal, example);
                    break;
                case ("tool_calls", JsonTokenType.StartArray):
                    ReadCalls(ref reader, message, example);
                    break;
                case ("function_call", JsonTokenType.StartObject):
                    ReadFunction(ref reader, message, example);
                    break;
                default:
                    reader.Skip();
                    break;
            }

            message.HasContent |= name == "content";
        }

        message.End = (int)reader.TokenStartIndex;
        Messages.Add(message);
    }

    private static void ReadParts(ref Utf8JsonReader reader, ExampleMessage message, Example example)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var texts = message.Texts.Count;
            if (reader.TokenType == JsonTokenType.StartObject)
                ReadPart(ref reader, message, example);
            else
                reader.Skip();
            message.HasOtherParts |= message.Texts.Count == texts;
        }
    }

    private static void ReadPart(ref Utf8JsonReader reader, ExampleMessage message, Example example)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var kind = reader.ValueTextEquals("text"u8) ? TextKind.Part : reader.ValueTextEquals("refusal"u8) ? TextKind.Refusal : (TextKind?)null;
            reader.Read();
            if (kind is { } text && reader.TokenType == JsonTokenType.String)
                Add(ref reader, message, text, example);
            else
                reader.Skip();
        }
    }

    private static void ReadCalls(ref Utf8JsonReader reader, ExampleMessage message, Example example)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isFunction = reader.ValueTextEquals("function"u8);
                reader.Read();
                if (isFunction && reader.TokenType == JsonTokenType.StartObject)
                    ReadFunction(ref reader, message, example);
                else
                    reader.Skip();
            }
        }
    }

    private static void ReadFunction(ref Utf8JsonReader reader, ExampleMessage message, Example example)
    {
        message.HasCalls = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isArguments = reader.ValueTextEquals("arguments"u8);
            reader.Read();
            if (isArguments && reader.TokenType == JsonTokenType.String)
                Add(ref reader, message, TextKind.Arguments, example);
            else
                reader.Skip();
        }
    }

    private static void Add(ref Utf8JsonReader reader, ExampleMessage message, TextKind kind, Example example) =>
        message.Texts.Add(new ExampleText(example, message, kind, reader.GetString()!, (int)reader.TokenStartIndex, (int)reader.BytesConsumed));
}

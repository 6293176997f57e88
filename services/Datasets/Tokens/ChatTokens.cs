using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>
/// Tokens of a chat example as OpenAI's Cookbook counts them, over one of OpenAI's vocabularies: 3 for the reply, and per message 3 + the tokens of each text +
/// 1 for a name. Texts are role, content (of its text parts), name, and the names and arguments of calls. Images count 85 each (detail
/// `low`); `tools` are not counted, because the formula does not say how they are written. OpenAI calls the formula "not exact".
/// </summary>
/// <param name="encoding">`o200k_base` or `cl100k_base`.</param>
public sealed class ChatTokens(string encoding = ChatTokens.O200k) : IExampleTokens
{
    public const string O200k = "o200k_base";
    public const string Cl100k = "cl100k_base";

    private const int PerReply = 3;
    private const int PerMessage = 3;
    private const int PerName = 1;
    private const int PerImage = 85;

    private readonly TextTokens texts = new(encoding);

    public string Encoding => encoding;

    /// <param name="example">One that the rules found no error in.</param>
    public int Count(JsonElement example) => Measure(example).Total;

    public ExampleTokens Measure(JsonElement example)
    {
        if (example.IsPreference())
            return ExampleTokens.OfPreference(
                example.Conversation().GetProperty("messages").EnumerateArray().Sum(CountMessage),
                example.PreferredOutput().EnumerateArray().Sum(CountMessage), example.NonPreferredOutput().EnumerateArray().Sum(CountMessage), tail: PerReply);

        var (total, answerEnd) = (PerReply, 0);
        foreach (var message in example.GetProperty("messages").EnumerateArray())
        {
            total += CountMessage(message);
            if (message.IsLearnt())
                answerEnd = total - PerReply;
        }

        return new ExampleTokens(total, answerEnd);
    }

    private int CountMessage(JsonElement message)
    {
        var total = PerMessage;
        foreach (var field in message.EnumerateObject())
            total += CountField(field);
        return total;
    }

    public int Count(string text) => texts.Count(text);

    internal IReadOnlyList<int> Encode(string text) => texts.Encode(text);

    private int CountField(JsonProperty field) => field.Value.ValueKind switch
    {
        JsonValueKind.String => CountText(field.Value) + (field.NameEquals("name"u8) ? PerName : 0),
        JsonValueKind.Array when field.NameEquals("content"u8) => field.Value.EnumerateArray().Sum(CountPart),
        JsonValueKind.Array when field.NameEquals("tool_calls"u8) => field.Value.EnumerateArray().Sum(call => CountCall(call.GetProperty("function"u8))),
        JsonValueKind.Object when field.NameEquals("function_call"u8) => CountCall(field.Value),
        _ => 0,
    };

    private int CountCall(JsonElement function) => CountText(function.GetProperty("name"u8)) + CountText(function.GetProperty("arguments"u8));

    private int CountPart(JsonElement part)
    {
        var type = part.GetProperty("type"u8);
        return type.ValueEquals("text"u8) ? CountText(part.GetProperty("text"u8)) : type.ValueEquals("refusal"u8) ? CountText(part.GetProperty("refusal"u8)) : PerImage;
    }

    /// <summary>Most of a dataset passes here: as a string, each text would be garbage of twice its size.</summary>
    private int CountText(JsonElement text)
    {
        var json = JsonMarshal.GetRawUtf8Value(text);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var rented = ArrayPool<char>.Shared.Rent(json.Length);
        try
        {
            return texts.Count(rented.AsSpan(0, reader.CopyString(rented)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }
}

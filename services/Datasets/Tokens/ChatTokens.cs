using System.Text.Json;
using FineTuneAspire.Datasets.Validation;
using Microsoft.ML.Tokenizers;

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

    // Byte-pair merging of one unbroken run (a megabyte of the letter a) takes time by its square; words are never that long.
    private const int LongestRun = 128;
    private readonly TiktokenTokenizer tokenizer = TiktokenTokenizer.CreateForEncoding(encoding);

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
        {
            total += field.Name switch
            {
                "name" when field.Value.ValueKind == JsonValueKind.String => Count(field.Value.GetString()!) + PerName,
                "tool_calls" when field.Value.ValueKind == JsonValueKind.Array => field.Value.EnumerateArray().Sum(call => CountCall(call.GetProperty("function"))),
                "function_call" when field.Value.ValueKind == JsonValueKind.Object => CountCall(field.Value),
                "content" when field.Value.ValueKind == JsonValueKind.Array => field.Value.EnumerateArray().Sum(CountPart),
                _ when field.Value.ValueKind == JsonValueKind.String => Count(field.Value.GetString()!),
                _ => 0,
            };
        }

        return total;
    }

    public int Count(string text)
    {
        // The vocabulary's pattern merges nothing across a change from letters to white space or signs. A longer run is cut: a token more
        // or less per cut.
        var (total, from, run, kind) = (0, 0, 0, Kind.Digit);
        for (var i = 0; i < text.Length; i++)
        {
            var next = KindOf(text[i]);
            run = next == kind && next != Kind.Digit ? run + 1 : 1;
            kind = next;
            if (run < LongestRun || char.IsHighSurrogate(text[i]))
                continue;
            total += tokenizer.CountTokens(text.AsSpan(from, i + 1 - from));
            (from, run) = (i + 1, 0);
        }

        return total + tokenizer.CountTokens(text.AsSpan(from));
    }

    private enum Kind
    {
        Letter,
        Digit,
        Space,
        Sign,
    }

    // Digits are merged in threes at most. Halves of surrogate pairs count as signs: longer runs are cut, never missed.
    private static Kind KindOf(char c) => char.IsWhiteSpace(c) ? Kind.Space : char.IsDigit(c) ? Kind.Digit : char.IsLetter(c) ? Kind.Letter : Kind.Sign;

    internal IReadOnlyList<int> Encode(string text) => tokenizer.EncodeToIds(text);

    private int CountCall(JsonElement function) => Count(function.GetProperty("name").GetString()!) + Count(function.GetProperty("arguments").GetString()!);

    private int CountPart(JsonElement part) => part.GetProperty("type").GetString() switch
    {
        "text" => Count(part.GetProperty("text").GetString()!),
        "refusal" => Count(part.GetProperty("refusal").GetString()!),
        _ => PerImage,
    };
}

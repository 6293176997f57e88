using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>
/// Tokens of a chat example as OpenAI's Cookbook counts them, over o200k_base: 3 for the reply, and per message 3 + the tokens of each text +
/// 1 for a name. Texts are role, content (of its text parts), name, and the names and arguments of calls. Images count 85 each (detail
/// `low`); `tools` are not counted, because the formula does not say how they are written. OpenAI calls the formula "not exact".
/// </summary>
public sealed class ChatTokens
{
    private const int PerReply = 3;
    private const int PerMessage = 3;
    private const int PerName = 1;
    private const int PerImage = 85;

    // Byte-pair merging of one unbroken run (a megabyte of the letter a) takes time by its square; text is never that long without a space.
    private const int LongestRun = 8 * 1024;
    private readonly TiktokenTokenizer tokenizer = TiktokenTokenizer.CreateForEncoding("o200k_base");

    /// <param name="example">One that the rules found no error in.</param>
    public int Count(JsonElement example)
    {
        var total = PerReply;
        foreach (var message in example.GetProperty("messages").EnumerateArray())
        {
            total += PerMessage;
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
        }

        return total;
    }

    public int Count(string text)
    {
        if (text.Length <= LongestRun)
            return tokenizer.CountTokens(text);

        // Cut at white space where there is any, else at the limit: a token more or less per cut.
        var total = 0;
        for (var rest = text.AsSpan(); rest.Length > 0;)
        {
            var length = Math.Min(rest.Length, LongestRun);
            if (length < rest.Length)
            {
                if (rest[..length].LastIndexOf(' ') is > 0 and var space)
                    length = space;
                else if (char.IsHighSurrogate(rest[length - 1]))
                    length--;
            }

            total += tokenizer.CountTokens(rest[..length]);
            rest = rest[length..];
        }

        return total;
    }

    internal IReadOnlyList<int> Encode(string text) => tokenizer.EncodeToIds(text);

    private int CountCall(JsonElement function) => Count(function.GetProperty("name").GetString()!) + Count(function.GetProperty("arguments").GetString()!);

    private int CountPart(JsonElement part) => part.GetProperty("type").GetString() switch
    {
        "text" => Count(part.GetProperty("text").GetString()!),
        "refusal" => Count(part.GetProperty("refusal").GetString()!),
        _ => PerImage,
    };
}

using System.Text.Json;
using FineTuneAspire.LocalModel;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>
/// Tokens of a chat example as a local base reads it: counted by the trainer's own template over the base's own tokenizer, so the two
/// cannot differ. Texts only; what these bases cannot be trained on (tools, images, names) counts nothing.
/// </summary>
/// <param name="path">A `tokenizer.json`.</param>
internal sealed class LocalTokens(string encoding, string path) : IExampleTokens
{
    private readonly Tokenizer tokenizer = Tokenizer.Load(path);

    public string Encoding => encoding;

    public ExampleTokens Measure(JsonElement example)
    {
        var encoded = ChatTemplate.Encode(tokenizer, [.. example.GetProperty("messages").EnumerateArray().Select(Read)]);
        return new ExampleTokens(encoded.Tokens.Length, Array.LastIndexOf(encoded.Trained, true) + 1);
    }

    private static ChatMessage Read(JsonElement message)
    {
        var role = message.GetProperty("role").GetString()!;
        var content = message.TryGetProperty("content", out var value) ? value : default;
        var text = content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out var words) ? words.GetString() : null)),
            _ => "",
        };
        return new ChatMessage(role == "function" ? "tool" : role, text, message.IsLearnt());
    }
}

using System.Text.Json;
using FineTuneAspire.Datasets.Validation;
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
        int Length(JsonElement messages) => ChatTemplate.Encode(tokenizer, [.. messages.EnumerateArray().Select(Read)]).Tokens.Length;
        var messages = example.Conversation().GetProperty("messages");
        // Each list begins with a token of its own, which an answer after its input does not have.
        if (example.IsPreference())
            return ExampleTokens.OfPreference(Length(messages), Length(example.PreferredOutput()) - 1, Length(example.NonPreferredOutput()) - 1, tail: 0);

        var encoded = ChatTemplate.Encode(tokenizer, [.. messages.EnumerateArray().Select(Read)]);
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

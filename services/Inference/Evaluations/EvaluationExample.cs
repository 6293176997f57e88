using System.Text.Json;
using FineTuneAspire.ModelProvider.Chat;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>A line of chat JSONL as a question: the messages before the last assistant message, and that message as the reference.</summary>
/// <param name="Index">0-based line.</param>
/// <param name="Tag">The line's extra field `tag`, where it has one.</param>
internal sealed record EvaluationExample(int Index, IReadOnlyList<ChatMessage> Prompt, string Reference, string? Tag)
{
    private const int LongestTag = 64;

    /// <exception cref="EvaluationException">The line cannot be asked; the message names it.</exception>
    public static EvaluationExample Parse(int index, ReadOnlyMemory<byte> line)
    {
        try
        {
            using var json = JsonDocument.Parse(line, new() { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("messages", out var list) || list.ValueKind != JsonValueKind.Array)
                throw Unusable(index, "has no list 'messages'");
            var messages = list.EnumerateArray().ToList();
            var reference = messages.FindLastIndex(message => Role(index, message) == "assistant");
            if (reference < 1)
                throw Unusable(index, reference < 0 ? "has no assistant message to compare with" : "has nothing to ask before its assistant message");
            return new(index, [.. messages.Take(reference).Select(message => new ChatMessage(AskableRole(index, message), Text(index, message)))], Text(index, messages[reference]), TagOf(json.RootElement));
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            throw Unusable(index, "is not valid JSON");
        }
    }

    public bool IsAnsweredBy(string answer) => string.Equals(answer.Trim(), Reference.Trim(), StringComparison.Ordinal);

    private static string? Role(int index, JsonElement message) =>
        message.ValueKind == JsonValueKind.Object && message.TryGetProperty("role", out var role) && role.ValueKind == JsonValueKind.String ? role.GetString() : throw Unusable(index, "has a message without a role");

    private static string AskableRole(int index, JsonElement message) =>
        Role(index, message) is { } role and ("system" or "developer" or "user" or "assistant") ? role : throw Unusable(index, "has a message whose role cannot be asked here (system, developer, user and assistant can)");

    private static string Text(int index, JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
            throw Unusable(index, "has a message without content");
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part =>
                part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : throw Unusable(index, "has content that is not text"))),
            _ => throw Unusable(index, "has content that is not text"),
        };
    }

    private static string? TagOf(JsonElement line)
    {
        if (!line.TryGetProperty("tag", out var tag))
            return null;
        var text = tag.ValueKind switch
        {
            JsonValueKind.String => tag.GetString()!.Replace("\0", ""),
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => tag.GetRawText(),
            _ => null,
        };
        return text?.Length > LongestTag ? text[..LongestTag] : text;
    }

    private static EvaluationException Unusable(int index, string why) =>
        new("invalid_example", $"Line {index + 1} {why}. Mend the file and start a new evaluation.");
}

/// <summary>What ends an evaluation as `failed`.</summary>
internal sealed class EvaluationException(string code, string message) : Exception(message)
{
    public string Code => code;
}

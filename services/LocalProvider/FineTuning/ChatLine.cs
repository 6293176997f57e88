using System.Text.Json;
using System.Text.Unicode;
using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>What is wrong with one line of a training file, in one sentence that names the place within the line.</summary>
internal sealed class BrokenLineException(string problem) : Exception(problem);

/// <summary>
/// One line of chat JSONL: `{"messages":[{"role","content","weight"?},…]}`. Read by hand rather than into records, because the one
/// thing its reader wants is a sentence that says which message is wrong and why. Fields beside `messages` are for other readers.
/// </summary>
internal static class ChatLine
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <exception cref="BrokenLineException">The line is not a conversation that this provider can train on.</exception>
    public static List<ChatMessage> Parse(ReadOnlyMemory<byte> line)
    {
        // System.Text.Json lets invalid UTF-8 through and fails later, where the string is read.
        if (!Utf8.IsValid(line.Span))
            throw new BrokenLineException("is not valid UTF-8.");
        try
        {
            using var json = JsonDocument.Parse(line, Strict);
            return Read(json.RootElement);
        }
        catch (JsonException broken)
        {
            var detail = broken.Message.Split(" LineNumber:")[0];
            throw new BrokenLineException($"is not valid JSON: {detail}");
        }
        catch (InvalidOperationException)
        {
            throw new BrokenLineException("contains a lone surrogate (\\uD800 to \\uDFFF without its partner), which is no text.");
        }
    }

    private static List<ChatMessage> Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw new BrokenLineException("is not a JSON object.");
        foreach (var name in new[] { "tools", "functions" })
        {
            if (root.TryGetProperty(name, out var tools) && !IsEmpty(tools))
                throw new BrokenLineException($"has '{name}', which this provider's models cannot be trained on.");
        }

        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            throw new BrokenLineException("has no 'messages', a list with at least one message.");
        var read = new List<ChatMessage>(messages.GetArrayLength());
        foreach (var message in messages.EnumerateArray())
            read.Add(ReadMessage(message, $"messages[{read.Count}]"));
        if (!read.Exists(message => message is { Role: "assistant", Train: true }))
            throw new BrokenLineException("has no assistant message to learn from (at least one, with weight 1).");
        return read;
    }

    private static ChatMessage ReadMessage(JsonElement message, string place)
    {
        if (message.ValueKind != JsonValueKind.Object)
            throw new BrokenLineException($"has something else than an object at {place}.");
        string? role = null, content = null;
        bool train = true;
        foreach (var property in message.EnumerateObject())
        {
            switch (property.Name)
            {
                case "role":
                    role = property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString() : null;
                    if (role is not ("system" or "developer" or "user" or "assistant"))
                        throw new BrokenLineException($"has an unknown role at {place}: use system, user or assistant.");
                    break;
                case "content":
                    content = ReadContent(property.Value, place);
                    break;
                case "weight":
                    if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetDouble(out var weight) || weight is not (0 or 1))
                        throw new BrokenLineException($"has a weight other than 0 or 1 at {place}.");
                    train = weight == 1;
                    break;
                default:
                    if (!IsEmpty(property.Value))
                        throw new BrokenLineException($"has '{property.Name}' at {place}, which this provider's models cannot be trained on.");
                    break;
            }
        }

        if (role is null)
            throw new BrokenLineException($"has no role at {place}.");
        if (content is null)
            throw new BrokenLineException($"has no content at {place}.");
        if (role == "assistant" && train && string.IsNullOrWhiteSpace(content))
            throw new BrokenLineException($"has an empty answer at {place}: there is nothing to learn.");
        return new ChatMessage(role, content, train);
    }

    private static string ReadContent(JsonElement content, string place)
    {
        var text = content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part =>
                part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueEquals("text"u8) &&
                part.TryGetProperty("text", out var value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : throw new BrokenLineException($"has a content part at {place} that is not text; this provider's models read only text."))),
            _ => throw new BrokenLineException($"has content at {place} that is not a string."),
        };
        return text.Contains('\0') ? throw new BrokenLineException($"has U+0000 in the content at {place}.") : text;
    }

    private static bool IsEmpty(JsonElement value) =>
        value.ValueKind is JsonValueKind.Null || (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);
}

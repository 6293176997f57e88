using System.Text.Json;
using System.Text.Json.Serialization;
using FineTuneAspire.LocalModel;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.LocalProvider.Chat;

/// <summary>One message of a request. The fields that a client echoes from an answer (`refusal`, `annotations`, …) may be there when empty.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ChatRequestMessage
{
    public required string Role { get; init; }
    public JsonElement? Content { get; init; }
    public JsonElement? Name { get; init; }
    public JsonElement? ToolCalls { get; init; }
    public JsonElement? ToolCallId { get; init; }
    public JsonElement? FunctionCall { get; init; }
    public JsonElement? Refusal { get; init; }
    public JsonElement? Annotations { get; init; }
    public JsonElement? Audio { get; init; }

    public bool TryRead(string place, out ChatMessage? message, out ApiError? refusal)
    {
        message = null;
        if (Role is not ("system" or "developer" or "user" or "assistant"))
        {
            refusal = ApiError.BadRequest($"'{place}.role' must be system, developer, user or assistant; these models know no tools.", $"{place}.role", "unsupported_value");
            return false;
        }

        foreach (var (name, value) in new[]
        {
            ("name", Name), ("tool_calls", ToolCalls), ("tool_call_id", ToolCallId), ("function_call", FunctionCall), ("refusal", Refusal), ("annotations", Annotations), ("audio", Audio),
        })
        {
            if (value is not { } given || given.ValueKind == JsonValueKind.Null || (given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0))
                continue;
            refusal = ApiError.BadRequest($"'{place}.{name}' is not supported by this provider's models; leave it out.", $"{place}.{name}", "unsupported_parameter");
            return false;
        }

        if (!TryReadContent(place, out var text, out refusal))
            return false;
        message = new ChatMessage(Role, text);
        return true;
    }

    private bool TryReadContent(string place, out string text, out ApiError? refusal)
    {
        (text, refusal) = ("", null);
        if (Content is not { ValueKind: not JsonValueKind.Null } content)
        {
            refusal = ApiError.BadRequest($"'{place}.content' is missing.", $"{place}.content");
            return false;
        }

        if (Text.TryRead(content, out text))
            return true;
        if (content.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var part in content.EnumerateArray())
            {
                if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || !Text.TryRead(type, out var kind) || kind != "text" ||
                    !part.TryGetProperty("text", out var value) || !Text.TryRead(value, out var piece))
                {
                    refusal = ApiError.BadRequest($"'{place}.content[{index}]' is not a text part; this provider's models read only text.", $"{place}.content[{index}]", "unsupported_value");
                    return false;
                }

                text += piece;
                index++;
            }

            return true;
        }

        refusal = ApiError.BadRequest($"'{place}.content' must be valid text or a list of text parts.", $"{place}.content");
        return false;
    }
}

/// <summary>Strings inside a JsonElement, which System.Text.Json has not looked at: invalid UTF-8 and lone surrogates surface only when they are read.</summary>
internal static class Text
{
    public static bool TryRead(JsonElement element, out string text)
    {
        text = "";
        if (element.ValueKind != JsonValueKind.String)
            return false;
        try
        {
            text = element.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}

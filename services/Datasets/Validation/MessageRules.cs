using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>The rules of the messages of one example, in order: tool answers refer to calls that came before them.</summary>
internal sealed class MessageRules(ProblemList problems, int line, TrainingMethod method)
{
    private const string Roles = "'system', 'developer', 'user', 'assistant', 'tool' or 'function'";
    private static readonly HashSet<string> KnownKeys = ["role", "content", "name", "weight", "tool_calls", "function_call", "tool_call_id", "refusal"];
    private static readonly Dictionary<string, string> OwnerOfKey = new()
    {
        ["weight"] = "assistant",
        ["tool_calls"] = "assistant",
        ["function_call"] = "assistant",
        ["refusal"] = "assistant",
        ["tool_call_id"] = "tool",
    };

    private HashSet<string> toolCallIds = [];

    public int AssistantMessages { get; private set; }
    public int TrainedMessages { get; private set; }

    /// <summary>The rules of what may come next: what one branch says, another does not know.</summary>
    public MessageRules Branch() => new(problems, line, method) { toolCallIds = [.. toolCallIds] };

    /// <param name="list">The path of the array that the message is in.</param>
    /// <param name="isLearnt">False for an answer that the model is trained away from: that may be blank.</param>
    /// <returns>The message's role, or "" when it has none that is known.</returns>
    public string Check(JsonElement message, int index, string list = "messages", bool isLearnt = true)
    {
        var at = $"{list}[{index}]";
        if (message.ValueKind != JsonValueKind.Object)
        {
            Error(Rules.MessageNotAnObject, "The message must be an object with 'role' and 'content'.", at, index);
            return "";
        }

        var role = CheckRole(message, at, index);
        foreach (var member in message.EnumerateObject())
        {
            if (!KnownKeys.Contains(member.Name))
                Error(Rules.UnknownMessageKey, "A message has no such key. Remove it, or move it to the top level of the line.", JsonPath.Key(at, member.Name), index);
            else if (role.Length > 0 && OwnerOfKey.TryGetValue(member.Name, out var owner) && owner != role && member.Value.ValueKind != JsonValueKind.Null)
                Error(Rules.MisplacedMessageKey, $"Only a message with the role '{owner}' may have '{member.Name}'; this one has the role '{role}'.", $"{at}.{member.Name}", index);
        }

        if (message.TryGetProperty("name", out var name) && name.ValueKind != JsonValueKind.Null && string.IsNullOrWhiteSpace(message.Text("name")))
            Error(Rules.InvalidName, "'name' must be a string that is not blank.", $"{at}.name", index);
        switch (role)
        {
            case "assistant":
                CheckAssistant(message, at, index);
                break;
            case "tool":
                CheckToolAnswer(message, at, index);
                break;
            case "function" when !message.Has("name"):
                Error(Rules.InvalidName, "A message with the role 'function' must name the function in 'name'.", $"{at}.name", index);
                break;
        }

        if (role.Length > 0)
            CheckContent(message, role, at, index, isLearnt);
        return role;
    }

    private string CheckRole(JsonElement message, string at, int index)
    {
        if (!message.Has("role"))
            Error(Rules.MissingRole, $"The message has no 'role'; it must be {Roles}.", $"{at}.role", index);
        else if (message.Text("role") is not ("system" or "developer" or "user" or "assistant" or "tool" or "function"))
            Error(Rules.UnknownRole, message.Text("role") is { } unknown ? $"'{JsonPath.Quote(unknown)}' is not a role; it must be {Roles}." : $"The role must be a string: {Roles}.", $"{at}.role", index);
        else
            return message.Text("role")!;
        return "";
    }

    private void CheckAssistant(JsonElement message, string at, int index)
    {
        AssistantMessages++;
        var trained = true;
        if (message.TryGetProperty("weight", out var weight) && weight.ValueKind != JsonValueKind.Null)
        {
            var isValid = weight.ValueKind == JsonValueKind.Number && weight.GetDouble() is 0 or 1;
            if (!isValid)
                Error(Rules.InvalidWeight, "'weight' must be 0 (do not train on this answer) or 1.", $"{at}.weight", index);
            else if (method != TrainingMethod.Supervised)
                problems.Warning(line, Rules.UnusedWeight, $"'weight' counts only in the method 'supervised', not in '{method.Name()}'.", $"{at}.weight", index);
            trained = !isValid || weight.GetDouble() == 1;
        }

        TrainedMessages += trained ? 1 : 0;
        if (message.Has("refusal") && message.Text("refusal") is null)
            Error(Rules.InvalidRefusal, "'refusal' must be a string.", $"{at}.refusal", index);
        if (message.Has("tool_calls"))
            CheckToolCalls(message.GetProperty("tool_calls"), $"{at}.tool_calls", index);
        if (message.Has("function_call"))
            CheckFunction(message.GetProperty("function_call"), $"{at}.function_call", index);
    }

    private void CheckToolCalls(JsonElement calls, string at, int index)
    {
        if (calls.ValueKind != JsonValueKind.Array || calls.GetArrayLength() == 0)
        {
            Error(Rules.InvalidToolCall, "'tool_calls' must be an array with at least one call; leave it away where there is none.", at, index);
            return;
        }

        var number = -1;
        foreach (var call in calls.EnumerateArray())
        {
            var place = $"{at}[{++number}]";
            if (call.ValueKind != JsonValueKind.Object)
                Error(Rules.InvalidToolCall, "A tool call must be {\"id\": ..., \"type\": \"function\", \"function\": {\"name\": ..., \"arguments\": \"...\"}}.", place, index);
            else
                CheckToolCall(call, place, index);
        }
    }

    private void CheckToolCall(JsonElement call, string at, int index)
    {
        if (call.Text("id") is not { Length: > 0 } id)
            Error(Rules.InvalidToolCall, "A tool call must have an 'id', which the tool's answer repeats as 'tool_call_id'.", $"{at}.id", index);
        else if (!toolCallIds.Add(id))
            Error(Rules.InvalidToolCall, "Two tool calls of the example have the same 'id'.", $"{at}.id", index);
        if (!call.Is("type", "function"))
            Error(Rules.InvalidToolCall, "The 'type' of a tool call must be 'function'.", $"{at}.type", index);
        CheckFunction(call.TryGetProperty("function", out var function) ? function : default, $"{at}.function", index);
    }

    private void CheckFunction(JsonElement function, string at, int index)
    {
        if (string.IsNullOrWhiteSpace(function.Text("name")))
            Error(Rules.InvalidToolCall, "The called function must have a 'name'.", function.ValueKind == JsonValueKind.Object ? $"{at}.name" : at, index);
        if (function.ValueKind == JsonValueKind.Object && !IsJson(function.Text("arguments")))
            Error(Rules.InvalidToolArguments, "'arguments' must be a string that is itself JSON, such as \"{\\\"city\\\": \\\"Oslo\\\"}\".", $"{at}.arguments", index);
    }

    private static bool IsJson(string? text)
    {
        if (text is null)
            return false;
        try
        {
            using var parsed = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void CheckToolAnswer(JsonElement message, string at, int index)
    {
        if (message.Text("tool_call_id") is not { Length: > 0 } id)
            Error(Rules.MissingToolCallId, "A message with the role 'tool' must say in 'tool_call_id' which call it answers.", $"{at}.tool_call_id", index);
        else if (!toolCallIds.Contains(id))
            Error(Rules.UnknownToolCallId, $"No tool call before this message has the id '{JsonPath.Quote(id)}'.", $"{at}.tool_call_id", index);
    }

    private void CheckContent(JsonElement message, string role, string at, int index, bool isLearnt)
    {
        var mayBeMissing = role == "assistant" && (message.Has("tool_calls") || message.Has("function_call") || message.Has("refusal"));
        at = $"{at}.content";
        if (!message.Has("content"))
        {
            if (!mayBeMissing)
                Error(Rules.MissingContent, role == "assistant" ? "The assistant message has neither 'content' nor a call." : "The message has no 'content'.", at, index);
            return;
        }

        var content = message.GetProperty("content");
        var isBlank = content.ValueKind switch
        {
            JsonValueKind.String => string.IsNullOrWhiteSpace(content.GetString()),
            JsonValueKind.Array when content.GetArrayLength() > 0 => CheckParts(content, role, at, index),
            _ => Invalid(at, index),
        };
        if (isBlank && isLearnt && role == "assistant" && !mayBeMissing)
            Error(Rules.BlankAssistantContent, "The assistant's answer is blank: the model would learn to say nothing.", at, index);
        else if (isBlank && (role != "assistant" || !isLearnt && !mayBeMissing))
            problems.Warning(line, Rules.BlankContent, "The content is blank.", at, index);
    }

    private bool Invalid(string at, int index)
    {
        Error(Rules.InvalidContent, "'content' must be a string, or an array with at least one part such as {\"type\": \"text\", \"text\": ...}.", at, index);
        return false;
    }

    /// <returns>True when there are only text parts and all are blank.</returns>
    private bool CheckParts(JsonElement parts, string role, string at, int index)
    {
        var isBlank = true;
        var number = -1;
        foreach (var part in parts.EnumerateArray())
        {
            var place = $"{at}[{++number}]";
            switch (part.Text("type"))
            {
                case "text" when part.Text("text") is { } text:
                    isBlank &= string.IsNullOrWhiteSpace(text);
                    continue;
                case "refusal" when role == "assistant" && part.Text("refusal") is not null:
                case "image_url" when method == TrainingMethod.Dpo:
                    Error(Rules.ImageNotAllowed, "The method 'dpo' is for texts only. Remove the image.", place, index);
                    break;
                case "image_url" when role == "user" && part.TryGetProperty("image_url", out var image) && image.Text("url") is { Length: > 0 }:
                    isBlank = false;
                    continue;
                case "text" or "refusal" or "image_url":
                    Error(Rules.InvalidContent, "The part lacks its text or URL, or has no place in a message of this role (images: 'user' only).", place, index);
                    break;
                default:
                    Error(Rules.UnknownContentPart, "The part's 'type' must be 'text', or 'image_url' in a user's and 'refusal' in the assistant's message.", place, index);
                    break;
            }

            isBlank = false;
        }

        return isBlank;
    }

    private void Error(string code, string message, string path, int index) => problems.Error(line, code, message, path, index);
}

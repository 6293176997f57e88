using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>The rules of one chat example, `{"messages":[…],"tools"?,"parallel_tool_calls"?,"functions"?}`; one instance per file.</summary>
internal sealed class ChatExampleRules(ProblemList problems)
{
    // `tag` is ours: evaluations count by it.
    private static readonly HashSet<string> KnownKeys = ["messages", "tools", "parallel_tool_calls", "functions", "tag"];
    private const int UnknownKeysListed = 100;
    private readonly HashSet<string> unknownKeys = [];

    public void Check(JsonElement example, int line)
    {
        foreach (var member in example.EnumerateObject())
        {
            if (!KnownKeys.Contains(member.Name) && unknownKeys.Count < UnknownKeysListed && unknownKeys.Add(member.Name))
                problems.Warning(line, Rules.UnknownKey, "The key is no part of a chat example and is not trained on. It is named here only for the first line that has it.", JsonPath.Key("", member.Name));
        }

        CheckTools(example, line);
        if (!example.TryGetProperty("messages", out var messages))
            problems.Error(line, Rules.MissingMessages, HintFor(example), "messages");
        else if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            problems.Error(line, Rules.InvalidMessages, "'messages' must be an array with at least one message.", "messages");
        else
            CheckMessages(messages, line);
    }

    private void CheckMessages(JsonElement messages, int line)
    {
        var rules = new MessageRules(problems, line);
        var index = 0;
        var lastRole = "";
        foreach (var message in messages.EnumerateArray())
            lastRole = rules.Check(message, index++);

        if (rules.AssistantMessages == 0)
            problems.Error(line, Rules.NoAssistantMessage, "The example has no assistant message, so there is nothing to learn. Add the answer as a message with the role 'assistant'.", "messages");
        else if (rules.TrainedMessages == 0)
            problems.Error(line, Rules.NoTrainedMessage, "Every assistant message has the weight 0, so there is nothing to learn. Leave at least one without a weight or with the weight 1.", "messages");
        if (rules.AssistantMessages > 0 && lastRole.Length > 0 && lastRole != "assistant")
            problems.Error(line, Rules.LastMessageNotAssistant, $"The last message has the role '{lastRole}'; it must be the assistant's answer.", $"messages[{index - 1}].role", index - 1);
    }

    private void CheckTools(JsonElement example, int line)
    {
        if (example.TryGetProperty("parallel_tool_calls", out var parallel) && parallel.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            problems.Error(line, Rules.InvalidParallelToolCalls, "'parallel_tool_calls' must be true or false.", "parallel_tool_calls");
        if (example.TryGetProperty("tools", out var tools))
            CheckDeclarations(tools, line, "tools", Rules.InvalidTools, tool => tool.Is("type", "function") && tool.TryGetProperty("function", out var function) ? function : default,
                "must be {\"type\": \"function\", \"function\": {\"name\": ...}}");
        if (example.TryGetProperty("functions", out var functions))
            CheckDeclarations(functions, line, "functions", Rules.InvalidFunctions, function => function, "must be an object with a 'name'");
    }

    private void CheckDeclarations(JsonElement list, int line, string key, string code, Func<JsonElement, JsonElement> function, string shape)
    {
        if (list.ValueKind != JsonValueKind.Array)
        {
            problems.Error(line, code, $"'{key}' must be an array.", key);
            return;
        }

        var index = -1;
        foreach (var item in list.EnumerateArray())
        {
            index++;
            if (item.ValueKind != JsonValueKind.Object || function(item) is not { ValueKind: JsonValueKind.Object } declared || declared.Text("name") is not { Length: > 0 })
                problems.Error(line, code, $"'{key}[{index}]' {shape}.", $"{key}[{index}]");
        }
    }

    private static string HintFor(JsonElement example)
    {
        if (example.TryGetProperty("prompt", out _))
            return "The example has no 'messages'. Lines of 'prompt' and 'completion' are the old format: write {\"messages\": [{\"role\": \"user\", ...}, {\"role\": \"assistant\", ...}]}.";
        if (example.TryGetProperty("input", out _))
            return "The example has no 'messages'. Lines of 'input' and 'preferred_output' are for preference training, which takes its own method.";
        return "The example has no 'messages'. Write {\"messages\": [{\"role\": \"user\", ...}, {\"role\": \"assistant\", ...}]}.";
    }
}

internal static class JsonElementReading
{
    /// <summary>The string under a key of an object, or null when it is missing or no string.</summary>
    public static string? Text(this JsonElement element, string key) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static bool Is(this JsonElement element, string key, string value) => element.Text(key) == value;

    /// <summary>True when the key is there and not null.</summary>
    public static bool Has(this JsonElement element, string key) => element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;
}

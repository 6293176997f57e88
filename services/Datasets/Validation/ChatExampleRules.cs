using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>The rules of one chat example, `{"messages":[…],"tools"?,"parallel_tool_calls"?,"functions"?}`.</summary>
internal sealed class ChatExampleRules(ProblemList problems) : IExampleRules
{
    // `tag` is ours: evaluations count by it.
    private static readonly HashSet<string> KnownKeys = ["messages", "tools", "parallel_tool_calls", "functions", "tag"];
    private readonly UnknownKeys unknownKeys = new(problems, KnownKeys, "The key is no part of a chat example and is not trained on.");

    public void Check(JsonElement example, int line)
    {
        if (!example.TryGetProperty("messages", out var messages) && TrainingMethod.Supervised.HintFor(example) is { } hint)
        {
            problems.Error(line, Rules.WrongMethod, $"The line is no chat example. {hint}");
            return;
        }

        unknownKeys.Check(example, line);
        ToolRules.Check(example, line, problems);
        if (messages.ValueKind == JsonValueKind.Undefined)
            problems.Error(line, Rules.MissingMessages, HintFor(example), "messages");
        else if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            problems.Error(line, Rules.InvalidMessages, "'messages' must be an array with at least one message.", "messages");
        else
            CheckMessages(messages, line);
    }

    private void CheckMessages(JsonElement messages, int line)
    {
        var rules = new MessageRules(problems, line, TrainingMethod.Supervised);
        var index = 0;
        var lastRole = "";
        foreach (var message in messages.EnumerateArray())
            lastRole = rules.Check(message, index++);

        if (rules.AssistantMessages == 0)
            problems.Error(line, Rules.NoAssistantMessage, "The example has no assistant message, so there is nothing to learn. Add the answer as a message with the role 'assistant'; examples without one are for the method 'reinforcement'.", "messages");
        else if (rules.TrainedMessages == 0)
            problems.Error(line, Rules.NoTrainedMessage, "Every assistant message has the weight 0, so there is nothing to learn. Leave at least one without a weight or with the weight 1.", "messages");
        if (rules.AssistantMessages > 0 && lastRole.Length > 0 && lastRole != "assistant")
            problems.Error(line, Rules.LastMessageNotAssistant, $"The last message has the role '{lastRole}'; it must be the assistant's answer.", $"messages[{index - 1}].role", index - 1);
    }

    private static string HintFor(JsonElement example)
    {
        if (example.TryGetProperty("prompt", out _))
            return "The example has no 'messages'. Lines of 'prompt' and 'completion' are the old format: write {\"messages\": [{\"role\": \"user\", ...}, {\"role\": \"assistant\", ...}]}.";
        return "The example has no 'messages'. Write {\"messages\": [{\"role\": \"user\", ...}, {\"role\": \"assistant\", ...}]}.";
    }
}

using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>
/// The rules of one preference, `{"input":{"messages":[…],"tools"?,"parallel_tool_calls"?},"preferred_output":[…],"non_preferred_output":[…]}`.
/// OpenAI's guide and specification disagree about the two names: `preferred_completion` and `non_preferred_completion` are known too.
/// </summary>
internal sealed class PreferenceExampleRules(ProblemList problems) : IExampleRules
{
    private static readonly HashSet<string> KnownKeys = ["input", "messages", "preferred_output", "non_preferred_output", "preferred_completion", "non_preferred_completion", "tag"];
    private static readonly HashSet<string> KnownInputKeys = ["messages", "tools", "parallel_tool_calls"];
    private readonly UnknownKeys unknownKeys = new(problems, KnownKeys, "The key is no part of a preference and is not trained on.");
    private readonly UnknownKeys unknownInputKeys = new(problems, KnownInputKeys, "The key is no part of a preference's input and is not trained on.");

    public void Check(JsonElement example, int line)
    {
        if (TrainingMethod.Dpo.HintFor(example) is { } hint)
        {
            problems.Error(line, Rules.WrongMethod, $"The line is no preference. {hint}");
            return;
        }

        if (example.TryGetProperty("chosen", out _) && !example.TryGetProperty("input", out _))
        {
            problems.Error(line, Rules.MissingInput, "Lines of 'chosen' and 'rejected' are read by the importer 'preference_pairs': create a dataset from the file, and use the files that it makes.", "input");
            return;
        }

        if (example.TryGetProperty("messages", out _))
            problems.Error(line, Rules.WrongMethod, "The line has 'messages' beside its answers. In a preference they stand in 'input.messages'; remove one of the two.", "messages");
        unknownKeys.Check(example, line);
        var messages = new MessageRules(problems, line, TrainingMethod.Dpo);
        CheckInput(example, line, messages);
        var preferred = Output(example, "preferred_output", "preferred_completion", line);
        var other = Output(example, "non_preferred_output", "non_preferred_completion", line);
        if (preferred is { } better)
            CheckAnswer(better.Value, better.Key, line, messages.Branch(), isLearnt: true);
        if (other is { } worse)
            CheckAnswer(worse.Value, worse.Key, line, messages.Branch(), isLearnt: false);
        if (preferred is { } one && other is { } two && JsonElement.DeepEquals(one.Value, two.Value))
            problems.Warning(line, Rules.EqualOutputs, "The two answers are equal, so the line teaches nothing. Remove it, or write the answer that was not preferred.", two.Key);
    }

    private void CheckInput(JsonElement example, int line, MessageRules rules)
    {
        if (!example.Has("input"))
        {
            problems.Error(line, Rules.MissingInput, "The line has no 'input'. Write {\"input\": {\"messages\": [{\"role\": \"user\", ...}]}, \"preferred_output\": [{\"role\": \"assistant\", ...}], \"non_preferred_output\": [{\"role\": \"assistant\", ...}]}.", "input");
            return;
        }

        var input = example.GetProperty("input");
        if (input.ValueKind != JsonValueKind.Object)
        {
            problems.Error(line, Rules.InvalidInput, "'input' must be an object with 'messages'.", "input");
            return;
        }

        unknownInputKeys.Check(input, line, "input");
        ToolRules.Check(input, line, problems, "input.");
        if (!input.TryGetProperty("messages", out var messages))
            problems.Error(line, Rules.MissingMessages, "'input' has no 'messages'. Write what both answers reply to, such as [{\"role\": \"user\", ...}].", "input.messages");
        else if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            problems.Error(line, Rules.InvalidMessages, "'input.messages' must be an array with at least one message.", "input.messages");
        else
            CheckPrompt(messages, line, rules);
    }

    private void CheckPrompt(JsonElement messages, int line, MessageRules rules)
    {
        var (index, lastRole) = (0, "");
        foreach (var message in messages.EnumerateArray())
            lastRole = rules.Check(message, index++, "input.messages");
        if (lastRole is "assistant" or "system" or "developer")
            problems.Error(line, Rules.LastMessageNotUser, $"The last message of the input has the role '{lastRole}'; it must be what the two answers reply to, a user's or a tool's message.", $"input.messages[{index - 1}].role", index - 1);
    }

    private (string Key, JsonElement Value)? Output(JsonElement example, string key, string oldKey, int line)
    {
        if (example.Has(key) && example.Has(oldKey))
            problems.Error(line, Rules.TwoSpellings, $"The line has '{key}' and '{oldKey}', two names of the same. Remove one.", oldKey);
        else if (example.Has(oldKey))
            problems.Warning(line, Rules.OldSpelling, $"'{oldKey}' is the older name of '{key}', and not every provider knows it. A dataset made from the file has the newer one.", oldKey);
        if (example.Has(key))
            return (key, example.GetProperty(key));
        if (example.Has(oldKey))
            return (oldKey, example.GetProperty(oldKey));
        problems.Error(line, Rules.MissingOutput, $"The line has no '{key}'. Write the answer as [{{\"role\": \"assistant\", ...}}].", key);
        return null;
    }

    private void CheckAnswer(JsonElement output, string key, int line, MessageRules rules, bool isLearnt)
    {
        if (output.ValueKind != JsonValueKind.Array || output.GetArrayLength() == 0)
        {
            problems.Error(line, Rules.InvalidOutput, $"'{key}' must be an array with the answer as its message.", key);
            return;
        }

        var (index, lastRole) = (0, "");
        foreach (var message in output.EnumerateArray())
        {
            lastRole = rules.Check(message, index, key, isLearnt);
            if (lastRole is not ("assistant" or "tool" or ""))
                problems.Error(line, Rules.OutputNotAssistant, $"An answer has only messages of the roles 'assistant' and 'tool'; this one has '{lastRole}'. What comes before the answer belongs into 'input.messages'.", $"{key}[{index}].role", index);
            index++;
        }

        if (lastRole == "tool")
            problems.Error(line, Rules.OutputNotAssistant, "The last message of an answer must be the assistant's.", $"{key}[{index - 1}].role", index - 1);
        if (index > 1)
            problems.Warning(line, Rules.SeveralOutputMessages, "OpenAI takes one message as an answer; only Azure takes several.", key);
    }
}

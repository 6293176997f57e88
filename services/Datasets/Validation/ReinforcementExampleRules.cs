using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>
/// The rules of one prompt of reinforcement, `{"messages":[…],"tools"?, …}`: the model answers it again and again, and a grader judges the answers
/// by the line's other fields, its references (`{{item.name}}` in a grader).
/// </summary>
internal sealed class ReinforcementExampleRules(ProblemList problems) : IExampleRules
{
    private static readonly HashSet<string> OwnKeys = ["messages", "tools", "parallel_tool_calls", "functions"];
    private List<string>? references;
    private UnknownKeys? laterReferences;

    public void Check(JsonElement example, int line)
    {
        if (!example.TryGetProperty("messages", out var messages))
        {
            if (TrainingMethod.Reinforcement.HintFor(example) is { } hint)
                problems.Error(line, Rules.WrongMethod, $"The line is no prompt of reinforcement. {hint}");
            else
                problems.Error(line, Rules.MissingMessages, "The line has no 'messages'. Write {\"messages\": [{\"role\": \"user\", ...}]} and, beside it, the fields that the grader compares with.", "messages");
            return;
        }

        ToolRules.Check(example, line, problems);
        CheckReferences(example, line);
        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
            problems.Error(line, Rules.InvalidMessages, "'messages' must be an array with at least one message.", "messages");
        else
            CheckMessages(messages, line);
    }

    private void CheckMessages(JsonElement messages, int line)
    {
        var rules = new MessageRules(problems, line, TrainingMethod.Reinforcement);
        var (index, lastRole) = (0, "");
        foreach (var message in messages.EnumerateArray())
            lastRole = rules.Check(message, index++);
        if (lastRole is not ("user" or ""))
            problems.Error(line, Rules.LastMessageNotUser, lastRole == "assistant"
                ? "The last message is an answer, but the model is to find its own. Remove it (the right answer belongs into a field beside 'messages', for the grader); examples with answers are for the method 'supervised'."
                : $"The last message has the role '{lastRole}'; it must be the user's.", $"messages[{index - 1}].role", index - 1);
    }

    /// <summary>The first line says which references there are.</summary>
    private void CheckReferences(JsonElement example, int line)
    {
        if (references is null)
        {
            references = [.. example.EnumerateObject().Select(member => member.Name).Where(name => !OwnKeys.Contains(name))];
            laterReferences = new UnknownKeys(problems, OwnKeys.Concat(references).ToHashSet(), "Lines before this one lack the field: a grader that reads it fails on them.", Rules.MissingReference);
            if (references.Count == 0)
                problems.Warning(line, Rules.NoReference, "There is no field beside 'messages': a grader has nothing to compare an answer with and must judge it by itself.");
            return;
        }

        laterReferences!.Check(example, line);
        foreach (var name in references)
        {
            if (!example.Has(name))
                problems.Warning(line, Rules.MissingReference, "The first line has this field and this one lacks it (or has null): a grader that reads it fails here.", JsonPath.Key("", name));
        }
    }
}

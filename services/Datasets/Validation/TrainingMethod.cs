using System.Text.Json;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>What a file is trained by; each method has its own form of an example.</summary>
public enum TrainingMethod
{
    /// <summary>`{"messages":[…]}`: the assistant's messages are learnt.</summary>
    Supervised,

    /// <summary>`{"input":{"messages":[…]},"preferred_output":[…],"non_preferred_output":[…]}`: the one answer is learnt over the other.</summary>
    Dpo,

    /// <summary>`{"messages":[…], …}`: the messages end with the user's, and a grader judges what the model answers by the other fields.</summary>
    Reinforcement,
}

public static class TrainingMethods
{
    public const string Default = "supervised";
    public static readonly IReadOnlyList<string> Names = [.. Enum.GetValues<TrainingMethod>().Select(Name)];

    /// <summary>As OpenAI's `method.type` has it.</summary>
    public static string Name(this TrainingMethod method) => method.ToString().ToLowerInvariant();

    public static TrainingMethod? Find(string name) => Names.IndexOf(name) is >= 0 and var index ? (TrainingMethod)index : null;

    /// <summary>OpenAI's limit of a file of a job, or null where none is known.</summary>
    public static int? MaximumExamples(this TrainingMethod method, FileRole role) => (method, role) switch
    {
        (TrainingMethod.Reinforcement, FileRole.Training) => Rules.MaximumReinforcementTraining,
        (TrainingMethod.Reinforcement, FileRole.Validation) => Rules.MaximumReinforcementValidation,
        _ => null,
    };

    /// <summary>A sentence that names the method whose form a record has, or null where it has this method's form or none that is known.</summary>
    internal static string? HintFor(this TrainingMethod method, JsonElement record) =>
        LookOf(record) is { } look && look.Method != method ? $"It has {look.Because}, so it seems to be for the method '{look.Method.Name()}': name that method, or bring other data." : null;

    private static (TrainingMethod Method, string Because)? LookOf(JsonElement record)
    {
        foreach (var field in new[] { "preferred_output", "non_preferred_output", "preferred_completion", "non_preferred_completion", "chosen", "rejected" })
        {
            if (record.TryGetProperty(field, out _))
                return (TrainingMethod.Dpo, $"'{field}'");
        }

        if (record.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array && messages.GetArrayLength() > 0)
        {
            var role = messages[messages.GetArrayLength() - 1].Text("role");
            return role == "user" ? (TrainingMethod.Reinforcement, "'messages' that end with the user's") : (TrainingMethod.Supervised, "'messages' that end with an answer");
        }

        foreach (var field in new[] { "completion", "conversations" })
        {
            if (record.TryGetProperty(field, out _))
                return (TrainingMethod.Supervised, $"'{field}'");
        }

        return null;
    }

    private static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
                return i;
        }

        return -1;
    }
}

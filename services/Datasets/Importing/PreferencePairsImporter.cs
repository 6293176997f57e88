using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>
/// Two answers as open preference sets write them: `chosen` and `rejected`, with a `prompt` (or `question`, `instruction`) and perhaps a `system`.
/// Each is a text or a list of messages; lists may repeat the conversation before the answer, and texts may be whole conversations
/// (`\n\nHuman: …\n\nAssistant: …`). Pairs with the same prompt stay in one part of the split.
/// </summary>
public sealed class PreferencePairsImporter : Importer
{
    private static readonly string[] Prompts = ["prompt", "question", "instruction"];
    private static readonly string[] Chosen = ["chosen", "chosen_response", "chosen_conversations"];
    private static readonly string[] Rejected = ["rejected", "rejected_response", "rejected_conversations"];

    public override string Format => "preference_pairs";

    public override TrainingMethod Method => TrainingMethod.Dpo;

    public override bool Recognises(JsonElement record) => Find(record, Chosen) is not null && Find(record, Rejected) is not null;

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        var prompt = Find(record, Prompts) is { } field ? Messages(record.GetProperty(field), field, "user") : [];
        var (chosen, rejected) = (Answer(record, Chosen), Answer(record, Rejected));
        if (!JsonElement.DeepEquals(JsonSerializer.SerializeToElement(chosen.Before), JsonSerializer.SerializeToElement(rejected.Before)))
            throw new RecordException(rejected.Field, $"The conversations in '{chosen.Field}' and '{rejected.Field}' differ before their last message; two answers to the same are needed.");
        // A conversation that begins with the answers' lists is the whole one; a prompt beside it only repeats its question.
        var messages = chosen.Before.Count > 0 ? chosen.Before : prompt;
        if (messages.Count == 0)
            throw new RecordException(Prompts[0], "The record has no 'prompt', and its answers hold no conversation before them.");
        if (OptionalText(record, "system") is { } system && messages[0].Text("role") is not ("system" or "developer"))
            messages.Insert(0, Message("system", system));

        var example = new JsonObject
        {
            ["input"] = new JsonObject { ["messages"] = Array(messages) },
            ["preferred_output"] = Array([chosen.Last]),
            ["non_preferred_output"] = Array([rejected.Last]),
        };
        yield return new ImportedExample(null, JsonSerializer.Serialize(messages), Raw: JsonSerializer.SerializeToElement(example));
    }

    private static (string Field, List<JsonElement> Before, JsonElement Last) Answer(JsonElement record, string[] names)
    {
        var field = Find(record, names) ?? throw new RecordException(names[0], $"'{names[0]}' is missing.");
        var messages = Messages(record.GetProperty(field), field, "assistant");
        return messages[^1].Is("role", "assistant")
            ? (field, messages[..^1], messages[^1])
            : throw new RecordException(field, $"'{field}' must end with an answer of the assistant.");
    }

    /// <summary>At least one.</summary>
    private static List<JsonElement> Messages(JsonElement value, string field, string role)
    {
        if (value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString()))
            return DialogueText.Read(value.GetString()!) is { } turns ? [.. turns.Select(turn => Message(turn.Role, turn.Content))] : [Message(role, value.GetString()!)];
        if (value.ValueKind == JsonValueKind.Object)
            return [value];
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(message => message.ValueKind == JsonValueKind.Object))
            return [.. value.EnumerateArray()];
        throw new RecordException(field, $"'{field}' must be a text that is not empty, or a list of messages.");
    }

    private static string? Find(JsonElement record, string[] names) => System.Array.Find(names, name => record.TryGetProperty(name, out _));

    private static JsonElement Message(string role, string content) => JsonSerializer.SerializeToElement(new { role, content });

    private static JsonArray Array(IEnumerable<JsonElement> messages) => [.. messages.Select(message => JsonSerializer.SerializeToNode(message))];
}

using System.Text.Json;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>`{"conversations":[{"from","value"}]}`; speakers are `system`, `human` or `user`, and `gpt`, `chatgpt`, `assistant` or `model`.</summary>
public sealed class ShareGptImporter : Importer
{
    public override string Format => "sharegpt";

    public override bool Recognises(JsonElement record) => Has(record, "conversations");

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        if (!record.TryGetProperty("conversations", out var turns) || turns.ValueKind != JsonValueKind.Array || turns.GetArrayLength() == 0)
            throw new RecordException("conversations", "'conversations' must be a list of turns.");
        var messages = turns.EnumerateArray().Select((turn, index) => Message(turn, index)).ToList();
        // Exports often end with a question that nobody answered.
        while (messages is [.., { Role: not "assistant" }])
            messages.RemoveAt(messages.Count - 1);
        if (messages.Count == 0)
            throw new RecordException("conversations", "The conversation has no answer.");
        return [new ImportedExample(messages)];
    }

    private static ImportedMessage Message(JsonElement turn, int index)
    {
        var path = $"conversations[{index}]";
        if (turn.ValueKind != JsonValueKind.Object || OptionalText(turn, "from") is not { } from || OptionalText(turn, "value") is not { } value)
            throw new RecordException(path, "A turn needs the texts 'from' and 'value'.");
        return new ImportedMessage(from switch
        {
            "system" => "system",
            "human" or "user" => "user",
            "gpt" or "chatgpt" or "assistant" or "model" => "assistant",
            _ => throw new RecordException($"{path}.from", $"'{from}' is no known speaker; it must be system, human, user, gpt, chatgpt, assistant or model."),
        }, value);
    }
}

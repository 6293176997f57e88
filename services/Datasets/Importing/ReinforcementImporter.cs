using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>
/// Prompts of reinforcement, `{"messages":[…], …}`, taken as they are; or `{"prompt" or "question", "system"?, …}`, whose prompt becomes the user's
/// message. All other fields stay, for the grader.
/// </summary>
public sealed class ReinforcementImporter : Importer
{
    public const string Name = "reinforcement";
    private static readonly string[] Prompts = ["prompt", "question"];

    public override string Format => Name;

    public override TrainingMethod Method => TrainingMethod.Reinforcement;

    public override bool LeavesAsIs(JsonElement record) => Has(record, "messages");

    public override bool Recognises(JsonElement record) => Has(record, "messages") || (Array.Exists(Prompts, name => Has(record, name)) && !Has(record, "chosen") && !Has(record, "completion"));

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        if (Has(record, "messages"))
        {
            yield return new ImportedExample(null, Raw: record);
            yield break;
        }

        var prompt = Array.Find(Prompts, name => Has(record, name)) ?? Prompts[0];
        var messages = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Text(record, prompt) });
        if (OptionalText(record, "system") is { } system)
            messages.Insert(0, new JsonObject { ["role"] = "system", ["content"] = system });
        var example = new JsonObject { ["messages"] = messages };
        foreach (var member in record.EnumerateObject().Where(member => member.Name != prompt && member.Name != "system"))
            example.Add(member.Name, JsonSerializer.SerializeToNode(member.Value));
        yield return new ImportedExample(null, Raw: JsonSerializer.SerializeToElement(example));
    }
}

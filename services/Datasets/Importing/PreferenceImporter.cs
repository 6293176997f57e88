using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>
/// OpenAI's preferences, `{"input":{"messages":[…]},"preferred_output":[…],"non_preferred_output":[…]}`; the older names `preferred_completion` and
/// `non_preferred_completion` become the newer ones. Pairs of answers to the same input stay in one part of the split.
/// </summary>
public sealed class PreferenceImporter : Importer
{
    public const string Name = "preference";
    private static readonly Dictionary<string, string> NewNames = new() { ["preferred_completion"] = "preferred_output", ["non_preferred_completion"] = "non_preferred_output" };

    public override string Format => Name;

    public override TrainingMethod Method => TrainingMethod.Dpo;

    public override bool Recognises(JsonElement record) =>
        Has(record, "input") && (Has(record, "preferred_output") || Has(record, "preferred_completion") || Has(record, "non_preferred_output") || Has(record, "non_preferred_completion"));

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        var group = record.TryGetProperty("input", out var input) ? input.GetRawText() : null;
        yield return new ImportedExample(null, group, Raw: NewNames.Any(name => Has(record, name.Key) && !Has(record, name.Value)) ? Renamed(record) : record);
    }

    // Both names at once are left for validation to refuse.
    private static JsonElement Renamed(JsonElement record)
    {
        var renamed = new JsonObject();
        foreach (var member in record.EnumerateObject())
            renamed.Add(NewNames.TryGetValue(member.Name, out var name) && !Has(record, name) ? name : member.Name, JsonSerializer.SerializeToNode(member.Value));
        return JsonSerializer.SerializeToElement(renamed);
    }
}

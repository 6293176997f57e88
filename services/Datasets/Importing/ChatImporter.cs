using System.Text.Json;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>OpenAI's chat examples, `{"messages":[…]}`, taken as they are; validation judges them.</summary>
public sealed class ChatImporter : Importer
{
    public const string Name = "chat";

    public override string Format => Name;

    public override bool LeavesAsIs(JsonElement record) => true;

    public override bool Recognises(JsonElement record) => Has(record, "messages");

    public override IEnumerable<ImportedExample> Import(JsonElement record) => [new ImportedExample(null, Raw: record)];
}

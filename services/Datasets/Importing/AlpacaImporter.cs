using System.Text.Json;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>`{"instruction","input","output"}`; `input` may be empty or missing, `system` is optional.</summary>
public sealed class AlpacaImporter : Importer
{
    public override string Format => "alpaca";

    public override bool Recognises(JsonElement record) => Has(record, "instruction", "output");

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        var instruction = Text(record, "instruction");
        return [ImportedExample.Of(OptionalText(record, "system"), OptionalText(record, "input") is { } input ? $"{instruction}\n\n{input}" : instruction, Text(record, "output"))];
    }
}

using System.Text.Json;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>`{"prompt","completion"}`, the form of OpenAI's first fine-tuning API; an optional `system`.</summary>
public sealed class PromptCompletionImporter : Importer
{
    public override string Format => "prompt_completion";

    public override bool Recognises(JsonElement record) => Has(record, "prompt", "completion");

    // The old API wanted a space before the completion and separators around both; none of that belongs into a chat.
    public override IEnumerable<ImportedExample> Import(JsonElement record) =>
        [ImportedExample.Of(OptionalText(record, "system"), Text(record, "prompt").Trim(), Text(record, "completion").Trim())];
}

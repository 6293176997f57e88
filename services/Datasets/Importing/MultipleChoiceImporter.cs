using System.Text.Json;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>
/// A question, options and an answer: `{"question", "options" or "choices": […], "answer"}`, or columns A, B, C, … instead of the list. The
/// answer is a letter, or a number from 0. `passage` or `context` comes before the question and keeps its questions in one part of the split.
/// </summary>
public sealed class MultipleChoiceImporter : Importer
{
    private const int Most = 26;

    public override string Format => "multiple_choice";

    public override bool Recognises(JsonElement record) => Has(record, "question", "answer") && (Has(record, "options") || Has(record, "choices") || Has(record, "A", "B"));

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        var options = Options(record);
        if (options.Count is < 2 or > Most)
            throw new RecordException("options", $"A question needs 2 to {Most} options; this one has {options.Count}.");
        var passage = OptionalText(record, "passage") ?? OptionalText(record, "context");
        var answer = record.TryGetProperty("answer", out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : Text(record, "answer");
        return [ImportedExample.Of(ChoiceQuestion.System, ChoiceQuestion.Prompt(passage, Text(record, "question"), options), ChoiceQuestion.Answer(answer, options.Count, "answer"), passage)];
    }

    private static List<string> Options(JsonElement record)
    {
        foreach (var field in new[] { "options", "choices" })
        {
            if (!record.TryGetProperty(field, out var list))
                continue;
            if (list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(option => option.ValueKind != JsonValueKind.String))
                throw new RecordException(field, $"'{field}' must be a list of texts.");
            return [.. list.EnumerateArray().Select(option => option.GetString()!)];
        }

        List<string> columns = [];
        while (columns.Count < Most && OptionalText(record, ChoiceQuestion.Letter(columns.Count).ToString()) is { } option)
            columns.Add(option);
        return columns;
    }
}

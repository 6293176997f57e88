using System.Text.Json;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>
/// AR-LSAT, analytical-reasoning questions of law-school tests (github.com/zhongwanjun/AR-LSAT), in both of its forms: nested, a passage with its
/// `questions`, and flat, `{"context","question","answers","label"}`. The forms differ in four answers and a few wordings; take one of them. The
/// questions of a passage stay together, by the passage's text: some passages come under two ids.
/// </summary>
public sealed class ArLsatImporter : Importer
{
    public const string FewOptions = "few_options";
    private const int UsualOptions = 5;

    public override string Format => "ar_lsat";

    public override bool Recognises(JsonElement record) => Has(record, "passage", "questions") || Has(record, "context", "question", "answers", "label");

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        if (!record.TryGetProperty("questions", out var questions))
        {
            yield return Example(record, "", Text(record, "context"), "answers", "label");
            yield break;
        }

        if (questions.ValueKind != JsonValueKind.Array)
            throw new RecordException("questions", "'questions' must be a list.");
        var passage = Text(record, "passage");
        var index = 0;
        foreach (var question in questions.EnumerateArray())
            yield return Example(question, $"questions[{index++}]", passage, "options", "answer");
    }

    private static ImportedExample Example(JsonElement question, string path, string passage, string optionsField, string answerField)
    {
        string At(string field) => path.Length == 0 ? field : $"{path}.{field}";
        if (question.ValueKind != JsonValueKind.Object || !question.TryGetProperty(optionsField, out var list) || list.ValueKind != JsonValueKind.Array ||
            list.GetArrayLength() < 2 || list.EnumerateArray().Any(option => option.ValueKind != JsonValueKind.String))
            throw new RecordException(At(optionsField), $"'{optionsField}' must be a list of at least two texts.");
        if (OptionalText(question, "question") is not { } text)
            throw new RecordException(At("question"), "'question' must be a text that is not empty.");
        if (!question.TryGetProperty(answerField, out var answer) || answer.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
            throw new RecordException(At(answerField), $"'{answerField}' must be a letter or a number.");

        var options = list.EnumerateArray().Select(option => option.GetString()!).ToList();
        var warning = options.Count == UsualOptions ? null : new RecordWarning(At(optionsField), FewOptions, $"The question has {options.Count} options; this test's questions have {UsualOptions}.");
        return ImportedExample.Of(ChoiceQuestion.System, ChoiceQuestion.Prompt(passage, text, options), ChoiceQuestion.Answer(answer.ToString(), options.Count, At(answerField)), passage, warning);
    }
}

using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>Any record, by the caller's own sentences: `{name}` stands for a field, `{{` and `}}` for a brace.</summary>
public sealed class TemplateImporter(ImportTemplate template) : Importer
{
    public const string Name = "template";

    public override string Format => Name;

    public override bool Recognises(JsonElement record) => true;

    /// <summary>What is wrong with the template, or null.</summary>
    public static string? Check(ImportTemplate template)
    {
        foreach (var (name, text) in new[] { ("system", template.System), ("user", template.User), ("assistant", template.Assistant) })
        {
            try
            {
                if (text is not null)
                    Fill(text, _ => "");
                if (name != "system" && string.IsNullOrWhiteSpace(text))
                    return $"'import.template.{name}' must not be empty.";
            }
            catch (FormatException exception)
            {
                return $"'import.template.{name}': {exception.Message}";
            }
        }

        return null;
    }

    public override IEnumerable<ImportedExample> Import(JsonElement record)
    {
        string Filled(string text) => Fill(text, field => Value(record, field));
        return [ImportedExample.Of(template.System is { } system ? Filled(system) : null, Filled(template.User), Filled(template.Assistant))];
    }

    private static string Value(JsonElement record, string field) => !record.TryGetProperty(field, out var value)
        ? throw new RecordException(field, $"The template names '{field}', which the record lacks; it has {string.Join(", ", record.EnumerateObject().Select(property => property.Name).Take(20))}.")
        : value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
            ? value.ToString()
            : throw new RecordException(field, $"The template names '{field}', which is no text or number here.");

    private static string Fill(string text, Func<string, string> value)
    {
        var filled = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '{' or '}' && i + 1 < text.Length && text[i + 1] == text[i])
            {
                filled.Append(text[i++]);
            }
            else if (text[i] == '{')
            {
                var end = text.IndexOf('}', i);
                if (end <= i + 1)
                    throw new FormatException($"the brace at character {i + 1} opens no {{name}}; write {{{{ for a brace.");
                filled.Append(value(text[(i + 1)..end]));
                i = end;
            }
            else if (text[i] == '}')
            {
                throw new FormatException($"the brace at character {i + 1} closes nothing; write }}}} for a brace.");
            }
            else
            {
                filled.Append(text[i]);
            }
        }

        return filled.ToString();
    }
}

using System.Text.Json;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>One known form of a record, and how it becomes examples. A new form is a new file beside this one, named in <see cref="Importers"/>.</summary>
public abstract class Importer
{
    /// <summary>As `import.format` names it.</summary>
    public abstract string Format { get; }

    /// <summary>What its examples are for.</summary>
    public virtual TrainingMethod Method => TrainingMethod.Supervised;

    /// <summary>Whether a file in JSON Lines that begins with this record is a training file as it stands; validation judges the rest of it.</summary>
    public virtual bool LeavesAsIs(JsonElement record) => false;

    /// <summary>Whether a file whose first record this is has the form.</summary>
    public abstract bool Recognises(JsonElement record);

    /// <summary>Usually one example; several where a record has several questions.</summary>
    /// <exception cref="RecordException">The record lacks something; the message says what.</exception>
    public abstract IEnumerable<ImportedExample> Import(JsonElement record);

    protected static string Text(JsonElement record, string field) =>
        record.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString())
            ? value.GetString()!
            : throw new RecordException(field, $"'{field}' must be a text that is not empty.");

    protected static string? OptionalText(JsonElement record, string field) =>
        record.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String && !string.IsNullOrWhiteSpace(value.GetString()) ? value.GetString() : null;

    protected static bool Has(JsonElement record, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields)
        {
            if (!record.TryGetProperty(field, out _))
                return false;
        }

        return true;
    }
}

/// <param name="Role">`system`, `user` or `assistant`.</param>
public sealed record ImportedMessage(string Role, string Content);

/// <param name="Messages">The messages, or null where <paramref name="Raw"/> is taken as it is.</param>
/// <param name="Group">Examples with an equal group stay in one part of the split; null for one of its own.</param>
/// <param name="Warning">Something that a person should look at, or null.</param>
/// <param name="Raw">A whole example.</param>
public sealed record ImportedExample(IReadOnlyList<ImportedMessage>? Messages, string? Group = null, RecordWarning? Warning = null, JsonElement? Raw = null)
{
    public static ImportedExample Of(string? system, string user, string assistant, string? group = null, RecordWarning? warning = null) =>
        new([.. system is null ? [] : new[] { new ImportedMessage("system", system) }, new("user", user), new("assistant", assistant)], group, warning);
}

public sealed record RecordWarning(string Path, string Code, string Message);

/// <summary>A record that is not of the form.</summary>
/// <param name="path">JSON path inside the record.</param>
public sealed class RecordException(string path, string message) : Exception(message)
{
    public string Path => path;
}

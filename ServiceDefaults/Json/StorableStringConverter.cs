using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.ServiceDefaults.Json;

/// <summary>
/// Refuses strings that PostgreSQL's text cannot hold (U+0000) and strings that are no Unicode text (lone surrogates, invalid UTF-8).
/// System.Text.Json lets both through and would fail later, far from the field that caused it.
/// </summary>
internal sealed class StorableStringConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
            throw new JsonException($"expected a string, found {Describe(reader.TokenType)}");
        return Checked(ref reader);
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Checked(ref reader);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(value);

    private static string Checked(ref Utf8JsonReader reader)
    {
        string value;
        try
        {
            value = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("the string is not valid Unicode (invalid UTF-8 or a lone surrogate)");
        }

        return value.Contains('\0') ? throw new JsonException("the string contains U+0000, which cannot be stored") : value;
    }

    private static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        _ => type.ToString(),
    };
}

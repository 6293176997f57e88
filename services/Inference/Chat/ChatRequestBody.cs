using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FineTuneAspire.Inference.Chat;

/// <summary>The place of the string value of a top-level `model` in JSON bytes, quotes included.</summary>
internal readonly record struct JsonSpan(int Start, int Length)
{
    public bool IsEmpty => Length == 0;
}

/// <summary>What a span says of a request.</summary>
internal sealed record ChatRequestFacts(bool Stream, long? MaxTokens, double? Temperature, double? TopP, long? Seed, long? Choices);

/// <summary>A request body that may be sent on: where its model stands, and what that model is.</summary>
internal sealed record ChatRequestBody(JsonSpan ModelSpan, string Model, ChatRequestFacts Facts)
{
    /// <summary>
    /// Reads the body once, strictly: JSON of one object, valid UTF-8, one `model`, a string. Nothing is copied or rewritten, so that
    /// what the client wrote (order, spaces, numbers as they stand) reaches the provider.
    /// </summary>
    /// <exception cref="ChatRequestException">With the field at fault.</exception>
    public static ChatRequestBody Read(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
            throw new ChatRequestException("The request body is not valid UTF-8.", null, "invalid_json");
        try
        {
            return Walk(json);
        }
        catch (JsonException broken)
        {
            throw new ChatRequestException($"The request body is not valid JSON (line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}).", null, "invalid_json");
        }
    }

    private static ChatRequestBody Walk(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new ChatRequestException("The request body must be a JSON object.", null, "invalid_json");
        JsonSpan span = default;
        string? model = null;
        var stream = false;
        long? maxTokens = null, seed = null, choices = null;
        double? temperature = null, topP = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("model"))
            {
                reader.Read();
                if (model is not null)
                    throw new ChatRequestException("'model' is given twice; parsers disagree about which counts.", "model", "duplicate_parameter");
                if (reader.TokenType != JsonTokenType.String)
                    throw new ChatRequestException("'model' must be a string.", "model", "invalid_type");
                (span, model) = (SpanOf(reader), TextOf(reader));
                continue;
            }

            var name = reader.ValueTextEquals("stream") ? 's' : reader.ValueTextEquals("max_completion_tokens") || reader.ValueTextEquals("max_tokens") ? 'm'
                : reader.ValueTextEquals("temperature") ? 't' : reader.ValueTextEquals("top_p") ? 'p' : reader.ValueTextEquals("seed") ? 'e' : reader.ValueTextEquals("n") ? 'n' : ' ';
            reader.Read();
            switch (name)
            {
                case 's': stream = reader.TokenType == JsonTokenType.True; break;
                case 'm': maxTokens = Whole(reader); break;
                case 'e': seed = Whole(reader); break;
                case 'n': choices = Whole(reader); break;
                case 't': temperature = Real(reader); break;
                case 'p': topP = Real(reader); break;
            }

            reader.Skip();
        }

        // Past the object's end: anything but white space throws here.
        reader.Read();
        return model is null
            ? throw new ChatRequestException("you must provide a model parameter", "model", "missing_required_parameter")
            : new(span, model, new(stream, maxTokens, temperature, topP, seed, choices));
    }

    public static JsonSpan SpanOf(in Utf8JsonReader reader) => new((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex));

    private static string TextOf(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, which only an escape can write.
            throw new ChatRequestException("'model' is not valid text.", "model", "invalid_model");
        }
    }

    private static long? Whole(in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) ? value : null;

    private static double? Real(in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var value) && double.IsFinite(value) ? value : null;

    /// <summary>The bytes with <paramref name="value"/> as a JSON string in place of the span.</summary>
    public static byte[] Splice(ReadOnlySpan<byte> json, JsonSpan span, string value)
    {
        ReadOnlySpan<byte> quoted = Quoted(value);
        var spliced = new byte[json.Length - span.Length + quoted.Length];
        json[..span.Start].CopyTo(spliced);
        quoted.CopyTo(spliced.AsSpan(span.Start));
        json[(span.Start + span.Length)..].CopyTo(spliced.AsSpan(span.Start + quoted.Length));
        return spliced;
    }

    public static byte[] Quoted(string value) => Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(value)}\"");
}

/// <summary>A chat request that cannot be sent on; the message is for its author.</summary>
internal sealed class ChatRequestException(string message, string? param, string code) : Exception(message)
{
    public string? Param => param;
    public string Code => code;
}

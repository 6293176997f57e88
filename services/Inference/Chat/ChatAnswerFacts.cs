using System.Text.Json;

namespace FineTuneAspire.Inference.Chat;

/// <summary>What spans and metrics say of an answer, gathered beside the bytes. A field the provider does not send stays null.</summary>
internal sealed class ChatAnswerFacts
{
    public string? Id { get; private set; }

    /// <summary>The provider's name for the model that answered.</summary>
    public string? Model { get; private set; }
    public List<string> FinishReasons { get; } = [];
    public long? InputTokens { get; private set; }
    public long? OutputTokens { get; private set; }
    public long? CachedTokens { get; private set; }
    public long? ReasoningTokens { get; private set; }

    /// <summary>
    /// Reads a `chat.completion` or a chunk of one and finds its model. False when the bytes are no JSON object.
    /// Only what is asked for is decoded: content is skipped over.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> json, out JsonSpan model)
    {
        model = default;
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isModel = reader.ValueTextEquals("model");
                var isId = !isModel && reader.ValueTextEquals("id");
                var isChoices = !isModel && !isId && reader.ValueTextEquals("choices");
                var isUsage = !isModel && !isId && !isChoices && reader.ValueTextEquals("usage");
                reader.Read();
                if (isModel && reader.TokenType == JsonTokenType.String)
                    (model, Model) = (ChatRequestBody.SpanOf(reader), reader.GetString());
                else if (isId && reader.TokenType == JsonTokenType.String)
                    Id = reader.GetString();
                else if (isChoices && reader.TokenType == JsonTokenType.StartArray)
                    ReadChoices(ref reader);
                else if (isUsage && reader.TokenType == JsonTokenType.StartObject)
                    ReadUsage(ref reader);
                else
                    reader.Skip();
            }

            // Throws unless only white space follows.
            return !reader.Read();
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Broken JSON, or text that is no text: the caller decides what that means for the client.
            model = default;
            return false;
        }
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isReason = reader.ValueTextEquals("finish_reason");
                reader.Read();
                if (isReason && reader.TokenType == JsonTokenType.String)
                    FinishReasons.Add(reader.GetString()!);
                else
                    reader.Skip();
            }
        }
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "prompt_tokens": InputTokens = Count(reader); break;
                case "completion_tokens": OutputTokens = Count(reader); break;
                case "prompt_tokens_details" when reader.TokenType == JsonTokenType.StartObject: CachedTokens = ReadDetail(ref reader, "cached_tokens"); break;
                case "completion_tokens_details" when reader.TokenType == JsonTokenType.StartObject: ReasoningTokens = ReadDetail(ref reader, "reasoning_tokens"); break;
            }

            // Past anything that was not of the expected kind.
            reader.Skip();
        }
    }

    private static long? ReadDetail(ref Utf8JsonReader reader, string wanted)
    {
        long? found = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = reader.ValueTextEquals(wanted);
            reader.Read();
            if (isWanted)
                found = Count(reader);
            reader.Skip();
        }

        return found;
    }

    private static long? Count(in Utf8JsonReader reader) => reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var count) && count >= 0 ? count : null;
}

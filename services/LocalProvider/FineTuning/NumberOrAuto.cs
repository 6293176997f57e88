using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>A hyperparameter on the wire: a number or the word "auto".</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct NumberOrAuto(double? Value)
{
    private sealed class Converter : JsonConverter<NumberOrAuto>
    {
        public override NumberOrAuto Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsFinite(number))
                return new NumberOrAuto(number);
            if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("auto"u8))
                return new NumberOrAuto(null);
            throw new JsonException("expected a number or \"auto\"");
        }

        public override void Write(Utf8JsonWriter writer, NumberOrAuto value, JsonSerializerOptions options)
        {
            if (value.Value is { } number)
                writer.WriteNumberValue(number);
            else
                writer.WriteStringValue("auto"u8);
        }
    }
}

/// <summary>The three hyperparameters of supervised fine-tuning, in answers; "auto" until the job has seen its file.</summary>
public sealed record Hyperparameters(NumberOrAuto NEpochs, NumberOrAuto BatchSize, NumberOrAuto LearningRateMultiplier);

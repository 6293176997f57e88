using System.Text.Json.Serialization;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// The shape of a Llama-style decoder, as <c>config.json</c> says it. Embeddings are tied: the head is the embedding table transposed.
/// </summary>
public sealed record ModelConfig
{
    [JsonPropertyName("vocab_size")] public required int VocabularySize { get; init; }
    [JsonPropertyName("hidden_size")] public required int Width { get; init; }
    [JsonPropertyName("num_hidden_layers")] public required int Layers { get; init; }
    [JsonPropertyName("num_attention_heads")] public required int Heads { get; init; }
    [JsonPropertyName("intermediate_size")] public required int FeedForward { get; init; }

    /// <summary>The longest sequence, in tokens, question and answer together.</summary>
    [JsonPropertyName("max_position_embeddings")] public required int ContextLength { get; init; }

    [JsonPropertyName("rope_theta")] public double RopeTheta { get; init; } = 10_000;
    [JsonPropertyName("rms_norm_eps")] public double NormEpsilon { get; init; } = 1e-5;

    [JsonIgnore] public int HeadWidth => Width / Heads;

    /// <summary>Throws <see cref="InvalidDataException"/> with the field to mend when the shape cannot be built.</summary>
    public ModelConfig Checked()
    {
        Positive(VocabularySize, "vocab_size");
        Positive(Width, "hidden_size");
        Positive(Layers, "num_hidden_layers");
        Positive(Heads, "num_attention_heads");
        Positive(FeedForward, "intermediate_size");
        Positive(ContextLength, "max_position_embeddings");
        if (Width % Heads != 0 || HeadWidth % 2 != 0)
            throw new InvalidDataException($"config.json: hidden_size {Width} must be num_attention_heads {Heads} times an even head width.");
        if (!(RopeTheta > 0) || !(NormEpsilon > 0))
            throw new InvalidDataException("config.json: rope_theta and rms_norm_eps must be above 0.");
        return this;

        static void Positive(int value, string field)
        {
            if (value <= 0) throw new InvalidDataException($"config.json: {field} is {value}; it must be above 0.");
        }
    }
}

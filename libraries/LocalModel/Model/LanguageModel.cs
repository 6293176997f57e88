using System.Text.Json;
using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// A model as it is at one moment: shape, tokenizer and weights. It never changes, so any number of threads may generate from it
/// while a <see cref="FineTuner"/> that started from it trains on.
/// </summary>
public sealed class LanguageModel
{
    private const string WeightsFile = "model.safetensors", ConfigFile = "config.json", TokenizerFile = "tokenizer.json";

    internal LanguageModel(ModelConfig config, Tokenizer tokenizer, AlignedBuffer<float> weights)
    {
        if (tokenizer.VocabularySize > config.VocabularySize)
            throw new InvalidDataException($"The tokenizer has {tokenizer.VocabularySize} tokens and the model only {config.VocabularySize}.");
        (Config, Tokenizer, Weights, Layout) = (config.Checked(), tokenizer, weights, new ParameterLayout(config));
    }

    public ModelConfig Config { get; }
    public Tokenizer Tokenizer { get; }
    public long ParameterCount => Layout.Count;
    internal ParameterLayout Layout { get; }
    internal AlignedBuffer<float> Weights { get; }

    /// <summary>Fresh weights: normal with deviation 0.02, the projections that add to the residual stream smaller by √(2·layers), gains one.</summary>
    public static LanguageModel Create(ModelConfig config, Tokenizer tokenizer, long seed)
    {
        var layout = new ParameterLayout(config.Checked());
        var weights = new AlignedBuffer<float>(layout.Count);
        var random = new SeededRandom(seed);
        weights.Span.Fill(1);
        foreach (var block in layout.Matrices)
        {
            var residual = layout.Layers.Any(layer => layer.Output == block || layer.Down == block);
            var deviation = residual ? 0.02 / Math.Sqrt(2 * config.Layers) : 0.02;
            foreach (ref var weight in weights.Span.Slice(block.Offset, block.Count)) weight = (float)(random.NextNormal() * deviation);
        }
        return new LanguageModel(config, tokenizer, weights);
    }

    /// <summary>Reads a folder with config.json, tokenizer.json and model.safetensors (F32 or BF16).</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or is not of a kind this library can run; the message names it.</exception>
    public static LanguageModel Load(string folder)
    {
        var config = ReadConfig(Path.Combine(folder, ConfigFile));
        var tokenizer = Tokenizer.Load(Path.Combine(folder, TokenizerFile));
        var path = Path.Combine(folder, WeightsFile);
        var tensors = SafeTensors.Read(path);
        var layout = new ParameterLayout(config);
        var weights = new AlignedBuffer<float>(layout.Count);
        foreach (var (name, block) in layout.Named())
        {
            if (!tensors.Remove(name, out var tensor)) throw new InvalidDataException($"{path}: tensor '{name}' is missing.");
            int[] shape = block.Rows == 1 ? [block.Columns] : [block.Rows, block.Columns];
            if (!tensor.Shape.SequenceEqual(shape))
                throw new InvalidDataException($"{path}: tensor '{name}' is [{string.Join(", ", tensor.Shape)}]; config.json asks for [{string.Join(", ", shape)}].");
            tensor.Values.Span.CopyTo(weights.Span.Slice(block.Offset, block.Count));
        }
        if (tensors.Count > 0) throw new InvalidDataException($"{path}: tensor '{tensors.Keys.Order(StringComparer.Ordinal).First()}' has no place in this model.");
        return new LanguageModel(config, tokenizer, weights);
    }

    /// <summary>
    /// Writes the three files into a folder, which is made when missing. To replace a folder that others read, write to a new one
    /// beside it and rename.
    /// </summary>
    public void Save(string folder, WeightFormat format = WeightFormat.F32)
    {
        Directory.CreateDirectory(folder);
        WriteConfig(Path.Combine(folder, ConfigFile), format);
        Tokenizer.Save(Path.Combine(folder, TokenizerFile));
        SafeTensors.Write(Path.Combine(folder, WeightsFile), [.. Layout.Named().Select(named => new SafeTensors.Tensor(
            named.Name,
            named.Block.Rows == 1 ? [named.Block.Columns] : [named.Block.Rows, named.Block.Columns],
            Weights.Span.Slice(named.Block.Offset, named.Block.Count).ToArray()))], format);
    }

    private static ModelConfig ReadConfig(string path)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject ?? throw new InvalidDataException($"{path}: not a JSON object.");
            Require(json, "model_type", "llama");
            Require(json, "hidden_act", "silu");
            Require(json, "tie_word_embeddings", true);
            Require(json, "num_key_value_heads", json["num_attention_heads"]?.GetValue<int>());
            return (json.Deserialize<ModelConfig>() ?? throw new InvalidDataException($"{path}: empty.")).Checked();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }

        void Require<TValue>(JsonObject json, string field, TValue only)
        {
            var value = json[field] is { } node ? node.GetValue<TValue>() : default;
            if (!Equals(value, only)) throw new InvalidDataException($"{path}: {field} is {json[field]?.ToJsonString() ?? "missing"}; only {JsonSerializer.Serialize(only)} can be run.");
        }
    }

    private void WriteConfig(string path, WeightFormat format)
    {
        var json = JsonSerializer.SerializeToNode(Config)!.AsObject();
        json["architectures"] = new JsonArray("LlamaForCausalLM");
        json["model_type"] = "llama";
        json["hidden_act"] = "silu";
        json["num_key_value_heads"] = Config.Heads;
        json["tie_word_embeddings"] = true;
        json["bos_token_id"] = Tokenizer.Begin;
        json["eos_token_id"] = Tokenizer.End;
        json["torch_dtype"] = format == WeightFormat.BF16 ? "bfloat16" : "float32";
        File.WriteAllText(path, json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}

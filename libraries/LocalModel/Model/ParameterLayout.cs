namespace FineTuneAspire.LocalModel;

/// <summary>A matrix [Rows × Columns], or a vector when Rows is 1, at an offset of the one flat array that holds all parameters.</summary>
internal readonly record struct Block(int Offset, int Rows, int Columns)
{
    public int Count => Rows * Columns;
}

/// <summary>One decoder layer. The three projections of attention lie under each other, and so do gate and up: each is one product.</summary>
internal sealed record LayerLayout(Block AttentionNorm, Block Qkv, Block Output, Block FeedForwardNorm, Block GateUp, Block Down);

/// <summary>Where each parameter of a model lies in its flat array.</summary>
internal sealed class ParameterLayout
{
    public ParameterLayout(ModelConfig config)
    {
        var (d, f) = (config.Width, config.FeedForward);
        Embedding = Take(config.VocabularySize, d);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(_ => new LayerLayout(
            Take(1, d), Take(3 * d, d), Take(d, d), Take(1, d), Take(2 * f, d), Take(d, f)))];
        FinalNorm = Take(1, d);

        Block Take(int rows, int columns)
        {
            var block = new Block(Count, rows, columns);
            Count = checked(Count + block.Count);
            return block;
        }
    }

    public Block Embedding { get; }
    public LayerLayout[] Layers { get; }
    public Block FinalNorm { get; }
    public int Count { get; private set; }

    /// <summary>The matrices: what weight decay shrinks. Norm gains are left alone.</summary>
    public IEnumerable<Block> Matrices =>
        Layers.SelectMany(layer => (Block[])[layer.Qkv, layer.Output, layer.GateUp, layer.Down]).Prepend(Embedding);

    /// <summary>The parameters under the names that Llama checkpoints use.</summary>
    public IEnumerable<(string Name, Block Block)> Named()
    {
        yield return ("model.embed_tokens.weight", Embedding);
        for (var l = 0; l < Layers.Length; l++)
        {
            var (layer, name) = (Layers[l], $"model.layers.{l}.");
            yield return (name + "input_layernorm.weight", layer.AttentionNorm);
            yield return (name + "self_attn.q_proj.weight", Part(layer.Qkv, 0, 3));
            yield return (name + "self_attn.k_proj.weight", Part(layer.Qkv, 1, 3));
            yield return (name + "self_attn.v_proj.weight", Part(layer.Qkv, 2, 3));
            yield return (name + "self_attn.o_proj.weight", layer.Output);
            yield return (name + "post_attention_layernorm.weight", layer.FeedForwardNorm);
            yield return (name + "mlp.gate_proj.weight", Part(layer.GateUp, 0, 2));
            yield return (name + "mlp.up_proj.weight", Part(layer.GateUp, 1, 2));
            yield return (name + "mlp.down_proj.weight", layer.Down);
        }
        yield return ("model.norm.weight", FinalNorm);

        static Block Part(Block whole, int part, int parts) =>
            new(whole.Offset + part * (whole.Count / parts), whole.Rows / parts, whole.Columns);
    }
}

using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// One sequence read token by token, keys and values of the tokens before it kept: the same sums as <see cref="Transformer{T}"/>'s
/// forward pass for the last row only. Not for several threads at once.
/// </summary>
internal sealed unsafe class DecodingSession
{
    private readonly LanguageModel _model;
    private readonly Rope<float> _rope;
    private readonly AlignedBuffer<float>[] _keys, _values;   // per layer [context × D]
    private readonly AlignedBuffer<float> _x, _normed, _qkv, _attended, _gateUp, _hidden, _added, _scores, _logits;

    public DecodingSession(LanguageModel model)
    {
        var c = model.Config;
        _model = model;
        _rope = new(c);
        _keys = [.. Enumerable.Range(0, c.Layers).Select(_ => new AlignedBuffer<float>(c.ContextLength * c.Width))];
        _values = [.. Enumerable.Range(0, c.Layers).Select(_ => new AlignedBuffer<float>(c.ContextLength * c.Width))];
        (_x, _normed, _qkv, _attended) = (new(c.Width), new(c.Width), new(3 * c.Width), new(c.Width));
        (_gateUp, _hidden, _added) = (new(2 * c.FeedForward), new(c.FeedForward), new(c.Width));
        (_scores, _logits) = (new(c.ContextLength), new(c.VocabularySize));
    }

    /// <summary>Tokens read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Reads tokens and returns the logits of what follows the last one; they are overwritten by the next call.</summary>
    public ReadOnlySpan<float> Read(ReadOnlySpan<int> tokens)
    {
        if (Position + tokens.Length > _model.Config.ContextLength) throw new InvalidOperationException("The context is full.");
        foreach (var token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)token, (uint)_model.Config.VocabularySize);
            ReadToken(token);
        }
        Normalise(_model.Layout.FinalNorm);
        Multiply(_model.Layout.Embedding, _normed, _logits);
        return _logits.Span;
    }

    private void ReadToken(int token)
    {
        var (c, layout) = (_model.Config, _model.Layout);
        _model.Weights.Span.Slice(layout.Embedding.Offset + token * c.Width, c.Width).CopyTo(_x.Span);
        for (var l = 0; l < c.Layers; l++)
        {
            var layer = layout.Layers[l];
            Normalise(layer.AttentionNorm);
            Multiply(layer.Qkv, _normed, _qkv);
            Attend(l);
            Multiply(layer.Output, _attended, _added);
            TensorPrimitives.Add(_x.Span, _added.Span, _x.Span);

            Normalise(layer.FeedForwardNorm);
            Multiply(layer.GateUp, _normed, _gateUp);
            SwiGlu<float>.Forward(1, c.FeedForward, _gateUp.Pointer, _hidden.Pointer);
            Multiply(layer.Down, _hidden, _added);
            TensorPrimitives.Add(_x.Span, _added.Span, _x.Span);
        }
        Position++;
    }

    private void Attend(int layer)
    {
        var (d, heads, w) = (_model.Config.Width, _model.Config.Heads, _model.Config.HeadWidth);
        Span<float> keys = _keys[layer].Span, values = _values[layer].Span;
        var live = Position + 1;
        _rope.Forward(Position, 2 * heads, _qkv.Pointer);
        _qkv.Span.Slice(d, d).CopyTo(keys.Slice(Position * d, d));
        _qkv.Span.Slice(2 * d, d).CopyTo(values.Slice(Position * d, d));
        var scores = _scores.Span[..live];
        var scale = 1 / MathF.Sqrt(w);
        for (var head = 0; head < heads; head++)
        {
            ReadOnlySpan<float> query = _qkv.Span.Slice(head * w, w);
            for (var i = 0; i < live; i++) scores[i] = TensorPrimitives.Dot(query, keys.Slice(i * d + head * w, w)) * scale;
            TensorPrimitives.SoftMax(scores, scores);
            var output = _attended.Span.Slice(head * w, w);
            output.Clear();
            for (var i = 0; i < live; i++) TensorPrimitives.MultiplyAdd(values.Slice(i * d + head * w, w), scores[i], output, output);
        }
    }

    private void Normalise(Block gain)
    {
        float scale;
        RmsNorm<float>.Forward(1, _model.Config.Width, _x.Pointer, _model.Weights.Pointer + gain.Offset, _normed.Pointer, &scale, _model.Config.NormEpsilon);
    }

    private void Multiply(Block matrix, AlignedBuffer<float> x, AlignedBuffer<float> y)
    {
        ReadOnlySpan<float> weights = _model.Weights.Span.Slice(matrix.Offset, matrix.Count), input = x.Span[..matrix.Columns];
        var output = y.Span;
        for (var row = 0; row < matrix.Rows; row++) output[row] = TensorPrimitives.Dot(weights.Slice(row * matrix.Columns, matrix.Columns), input);
    }
}

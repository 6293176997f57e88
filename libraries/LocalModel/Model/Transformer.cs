using System.Numerics;
using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>What the loss said about a set of examples.</summary>
/// <param name="Loss">Sum over trained tokens, in nats.</param>
/// <param name="Correct">Trained tokens that were the model's first choice.</param>
/// <param name="Tokens">Trained tokens.</param>
internal readonly record struct LossSum(double Loss, int Correct, int Tokens)
{
    public static LossSum operator +(LossSum a, LossSum b) => new(a.Loss + b.Loss, a.Correct + b.Correct, a.Tokens + b.Tokens);
}

/// <summary>
/// The decoder, forward and backward, over a micro-batch of sequences laid end to end. One object per thread. It is generic so that
/// the very code that trains in float is checked in double.
/// <code>
/// R  rows: one per input token of every sequence        D  width      H  heads      w = D / H
/// V  vocabulary      F  feed-forward width               n  inputs of one sequence (its tokens but the last)
///
/// x  = E[token]                                          [R × D]
/// x += Wo · attention(rope(Wqkv · rmsnorm(x)))           per layer
/// x += Wdown · (silu(gate) · up),  gate, up = Wgu · rmsnorm(x)
/// logits = E · rmsnorm(x)                                only at rows whose next token is trained
/// </code>
/// </summary>
internal sealed unsafe class Transformer<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ModelConfig _config;
    private readonly ParameterLayout _layout;
    private readonly Gemm<T> _gemm;
    private readonly Attention<T> _attention;
    private readonly Rope<T> _rope;
    private Activations<T>? _memory;

    public Transformer(ModelConfig config, ParameterLayout layout, GemmPath path = GemmPath.Best)
    {
        (_config, _layout) = (config, layout);
        _gemm = new Gemm<T>(path);
        _attention = new Attention<T>(_gemm);
        _rope = new Rope<T>(config);
    }

    /// <summary>The loss of the examples, nothing else.</summary>
    public LossSum Evaluate(T* weights, PackedWeights<T> packed, ReadOnlySpan<TrainingExample> examples)
    {
        var memory = MemoryFor(examples);
        Forward(weights, packed, examples, memory);
        return Head(weights, packed, examples, memory, T.Zero, gradient: null);
    }

    /// <summary>Adds d(loss · <paramref name="scale"/>) / d(weights) to <paramref name="gradient"/>, which is laid out as the weights are.</summary>
    public LossSum ForwardBackward(T* weights, PackedWeights<T> packed, ReadOnlySpan<TrainingExample> examples, T scale, T* gradient)
    {
        var memory = MemoryFor(examples);
        Forward(weights, packed, examples, memory);
        var loss = Head(weights, packed, examples, memory, scale, gradient);
        Backward(weights, packed, examples, memory, gradient);
        return loss;
    }

    private void Forward(T* weights, PackedWeights<T> packed, ReadOnlySpan<TrainingExample> examples, Activations<T> memory)
    {
        var (rows, d) = (Rows(examples), _config.Width);
        var x = LayerInput(memory, 0);
        foreach (var example in examples)
            foreach (var token in example.Tokens.AsSpan(0, example.Tokens.Length - 1))
            {
                new ReadOnlySpan<T>(weights + _layout.Embedding.Offset + token * d, d).CopyTo(new Span<T>(x, d));
                x += d;
            }
        for (var l = 0; l < _config.Layers; l++)
            ForwardLayer(weights, _layout.Layers[l], packed.Layers[l], examples, rows, memory.Layers[l], LayerInput(memory, l + 1));
    }

    private void ForwardLayer(T* weights, LayerLayout at, (Linear<T> Qkv, Linear<T> Output, Linear<T> GateUp, Linear<T> Down) w,
        ReadOnlySpan<TrainingExample> examples, int rows, LayerActivations<T> a, T* output)
    {
        var (d, f) = (_config.Width, _config.FeedForward);
        T* x0 = a.Input.Pointer, x1 = a.Middle.Pointer;

        RmsNorm<T>.Forward(rows, d, x0, weights + at.AttentionNorm.Offset, a.InputNormed.Pointer, a.InputScale.Pointer, _config.NormEpsilon);
        w.Qkv.Forward(_gemm, rows, a.InputNormed.Pointer, a.Qkv.Pointer);
        ForwardAttention(examples, a);
        new ReadOnlySpan<T>(x0, rows * d).CopyTo(new Span<T>(x1, rows * d));
        w.Output.Forward(_gemm, rows, a.Attended.Pointer, x1, add: true);

        RmsNorm<T>.Forward(rows, d, x1, weights + at.FeedForwardNorm.Offset, a.MiddleNormed.Pointer, a.MiddleScale.Pointer, _config.NormEpsilon);
        w.GateUp.Forward(_gemm, rows, a.MiddleNormed.Pointer, a.GateUp.Pointer);
        SwiGlu<T>.Forward(rows, f, a.GateUp.Pointer, a.Hidden.Pointer);
        new ReadOnlySpan<T>(x1, rows * d).CopyTo(new Span<T>(output, rows * d));
        w.Down.Forward(_gemm, rows, a.Hidden.Pointer, output, add: true);
    }

    // The same statements in reverse. dx holds d/d(output) on entry and d/d(input) on return.
    private void BackwardLayer(T* weights, LayerLayout at, (Linear<T> Qkv, Linear<T> Output, Linear<T> GateUp, Linear<T> Down) w,
        ReadOnlySpan<TrainingExample> examples, int rows, LayerActivations<T> a, Activations<T> memory, T* gradient)
    {
        var (d, f) = (_config.Width, _config.FeedForward);
        T* dx = memory.Gradient.Pointer, dn = memory.NormedGradient.Pointer;

        w.Down.Backward(_gemm, rows, a.Hidden.Pointer, dx, memory.HiddenGradient.Pointer, gradient + at.Down.Offset);
        SwiGlu<T>.Backward(rows, f, a.GateUp.Pointer, memory.HiddenGradient.Pointer, memory.GateUpGradient.Pointer);
        w.GateUp.Backward(_gemm, rows, a.MiddleNormed.Pointer, memory.GateUpGradient.Pointer, dn, gradient + at.GateUp.Offset);
        RmsNorm<T>.Backward(rows, d, a.Middle.Pointer, weights + at.FeedForwardNorm.Offset, a.MiddleScale.Pointer, dn, dx, gradient + at.FeedForwardNorm.Offset);

        w.Output.Backward(_gemm, rows, a.Attended.Pointer, dx, dn, gradient + at.Output.Offset);
        BackwardAttention(examples, a, dn, memory.QkvGradient.Pointer);
        w.Qkv.Backward(_gemm, rows, a.InputNormed.Pointer, memory.QkvGradient.Pointer, dn, gradient + at.Qkv.Offset);
        RmsNorm<T>.Backward(rows, d, a.Input.Pointer, weights + at.AttentionNorm.Offset, a.InputScale.Pointer, dn, dx, gradient + at.AttentionNorm.Offset);
    }

    private void ForwardAttention(ReadOnlySpan<TrainingExample> examples, LayerActivations<T> a)
    {
        var (d, heads, w) = (_config.Width, _config.Heads, _config.HeadWidth);
        T* qkv = a.Qkv.Pointer, o = a.Attended.Pointer, p = a.Probabilities.Pointer;
        foreach (var example in examples)
        {
            var n = example.Tokens.Length - 1;
            for (var i = 0; i < n; i++) _rope.Forward(i, 2 * heads, qkv + i * 3 * d);   // q and k lie side by side
            for (var head = 0; head < heads; head++, p += n * Attention<T>.RowOfP(n))
            {
                var q = qkv + head * w;
                _attention.Forward(n, w, q, q + d, q + 2 * d, 3 * d, o + head * w, d, p);
            }
            qkv += n * 3 * d;
            o += n * d;
        }
    }

    private void BackwardAttention(ReadOnlySpan<TrainingExample> examples, LayerActivations<T> a, T* dO, T* dQkv)
    {
        var (d, heads, w) = (_config.Width, _config.Heads, _config.HeadWidth);
        T* qkv = a.Qkv.Pointer, p = a.Probabilities.Pointer;
        foreach (var example in examples)
        {
            var n = example.Tokens.Length - 1;
            for (var head = 0; head < heads; head++, p += n * Attention<T>.RowOfP(n))
            {
                T* q = qkv + head * w, dq = dQkv + head * w;
                _attention.Backward(n, w, q, q + d, q + 2 * d, 3 * d, p, dO + head * w, d, dq, dq + d, dq + 2 * d);
            }
            for (var i = 0; i < n; i++) _rope.Backward(i, 2 * heads, dQkv + i * 3 * d);
            qkv += n * 3 * d;
            dQkv += n * 3 * d;
            dO += n * d;
        }
    }

    // Final norm, logits and loss at the rows that predict a trained token, HeadRows at a time; with a gradient also their way back to dx.
    private LossSum Head(T* weights, PackedWeights<T> packed, ReadOnlySpan<TrainingExample> examples, Activations<T> memory, T scale, T* gradient)
    {
        var d = _config.Width;
        if (gradient != null) memory.Gradient.Span[..(Rows(examples) * d)].Clear();
        var (rows, targets) = TrainedRows(examples);
        var sum = default(LossSum);
        T* x = memory.HeadInput.Pointer, dn = memory.HeadGradient.Pointer, dx = memory.HeadInputGradient.Pointer;
        for (var from = 0; from < rows.Count; from += Activations<T>.HeadRows)
        {
            var count = Math.Min(Activations<T>.HeadRows, rows.Count - from);
            for (var i = 0; i < count; i++) Row(memory.Output, rows[from + i]).CopyTo(new Span<T>(x + i * d, d));
            RmsNorm<T>.Forward(count, d, x, weights + _layout.FinalNorm.Offset, memory.HeadNormed.Pointer, memory.HeadScale.Pointer, _config.NormEpsilon);
            packed.Head.Forward(_gemm, count, memory.HeadNormed.Pointer, memory.Logits.Pointer);
            var (loss, correct) = CrossEntropy<T>.ForwardBackward(count, _config.VocabularySize, memory.Logits.Pointer, targets.AsSpan(from, count), scale);
            sum += new LossSum(loss, correct, count);
            if (gradient == null) continue;

            packed.Head.Backward(_gemm, count, memory.HeadNormed.Pointer, memory.Logits.Pointer, dn, gradient + _layout.Embedding.Offset);
            new Span<T>(dx, count * d).Clear();
            RmsNorm<T>.Backward(count, d, x, weights + _layout.FinalNorm.Offset, memory.HeadScale.Pointer, dn, dx, gradient + _layout.FinalNorm.Offset);
            for (var i = 0; i < count; i++) new ReadOnlySpan<T>(dx + i * d, d).CopyTo(Row(memory.Gradient, rows[from + i]));
        }
        return sum;

        Span<T> Row(AlignedBuffer<T> buffer, int row) => buffer.Span.Slice(row * d, d);
    }

    private void Backward(T* weights, PackedWeights<T> packed, ReadOnlySpan<TrainingExample> examples, Activations<T> memory, T* gradient)
    {
        var (rows, d) = (Rows(examples), _config.Width);
        for (var l = _config.Layers - 1; l >= 0; l--)
            BackwardLayer(weights, _layout.Layers[l], packed.Layers[l], examples, rows, memory.Layers[l], memory, gradient);
        var dx = memory.Gradient.Pointer;
        foreach (var example in examples)
            foreach (var token in example.Tokens.AsSpan(0, example.Tokens.Length - 1))
            {
                var row = new Span<T>(gradient + _layout.Embedding.Offset + token * d, d);
                TensorPrimitives.Add(row, new ReadOnlySpan<T>(dx, d), row);
                dx += d;
            }
    }

    private T* LayerInput(Activations<T> memory, int layer) =>
        (layer < _config.Layers ? memory.Layers[layer].Input : memory.Output).Pointer;

    private static int Rows(ReadOnlySpan<TrainingExample> examples)
    {
        var rows = 0;
        foreach (var example in examples) rows += example.Tokens.Length - 1;
        return rows;
    }

    private static (List<int> Rows, int[] Targets) TrainedRows(ReadOnlySpan<TrainingExample> examples)
    {
        List<int> rows = [], targets = [];
        var start = 0;
        foreach (var example in examples)
        {
            for (var i = 1; i < example.Tokens.Length; i++)
            {
                if (!example.Trained[i]) continue;
                rows.Add(start + i - 1);
                targets.Add(example.Tokens[i]);
            }
            start += example.Tokens.Length - 1;
        }
        return (rows, [.. targets]);
    }

    private Activations<T> MemoryFor(ReadOnlySpan<TrainingExample> examples)
    {
        var probabilities = 0;
        foreach (var example in examples)
        {
            ContextCheck.Require(example, _config);
            var n = example.Tokens.Length - 1;
            probabilities = checked(probabilities + _config.Heads * n * Attention<T>.RowOfP(n));
        }
        var rows = Rows(examples);
        if (_memory is null || _memory.Rows < rows || _memory.ProbabilityCount < probabilities)
            _memory = new Activations<T>(_config, Math.Max(rows, _memory?.Rows ?? 0), Math.Max(probabilities, _memory?.ProbabilityCount ?? 0));
        return _memory;
    }
}

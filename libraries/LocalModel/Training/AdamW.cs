using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): m and v are running means of the gradient and its square,
/// w −= rate · (m̂ / (√v̂ + ε) + decay · w).
/// </summary>
internal sealed class AdamW(int parameters, double beta1, double beta2, double weightDecay)
{
    private const float Epsilon = 1e-8f;

    // Small enough that a piece of weights, gradient, m, v and scratch stays in L1 between the passes over it.
    private const int Piece = 1024;

    private readonly AlignedBuffer<float> _mean = new(parameters), _square = new(parameters);

    /// <param name="step">From 1.</param>
    /// <param name="start">First parameter; <paramref name="weights"/> and <paramref name="gradient"/> begin there.</param>
    /// <param name="gradientScale">Multiplies the gradient: how clipping comes in.</param>
    public void Update(int step, int start, Span<float> weights, Span<float> gradient, float gradientScale, double rate, bool decay)
    {
        var (b1, b2) = ((float)beta1, (float)beta2);
        var stepSize = (float)(rate / (1 - Math.Pow(beta1, step)));
        var squareScale = (float)(1 / (1 - Math.Pow(beta2, step)));
        var keep = decay ? (float)(1 - rate * weightDecay) : 1;
        Span<float> scratch = stackalloc float[Piece];
        for (var at = 0; at < weights.Length; at += Piece)
        {
            var count = Math.Min(Piece, weights.Length - at);
            Span<float> w = weights.Slice(at, count), g = gradient.Slice(at, count), t = scratch[..count];
            Span<float> m = _mean.Span.Slice(start + at, count), v = _square.Span.Slice(start + at, count);
            TensorPrimitives.Multiply(g, gradientScale, g);
            TensorPrimitives.Multiply(m, b1, m);
            TensorPrimitives.MultiplyAdd(g, 1 - b1, m, m);
            TensorPrimitives.Multiply(g, g, t);
            TensorPrimitives.Multiply(v, b2, v);
            TensorPrimitives.MultiplyAdd(t, 1 - b2, v, v);
            TensorPrimitives.Multiply(v, squareScale, t);
            TensorPrimitives.Sqrt<float>(t, t);
            TensorPrimitives.Add(t, Epsilon, t);
            TensorPrimitives.Divide(m, t, t);
            TensorPrimitives.Multiply(w, keep, w);
            TensorPrimitives.MultiplyAdd(t, -stepSize, w, w);
        }
    }
}

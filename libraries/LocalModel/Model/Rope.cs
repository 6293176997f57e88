using System.Numerics;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Rotary positions: number i and number i + half of a head turn by position · theta^(−2i / headWidth) (the half-rotation of Llama checkpoints).
/// </summary>
internal sealed unsafe class Rope<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _half;
    private readonly AlignedBuffer<T> _cos, _sin;   // [positions × half]

    public Rope(ModelConfig config)
    {
        _half = config.HeadWidth / 2;
        _cos = new(config.ContextLength * _half);
        _sin = new(config.ContextLength * _half);
        for (var position = 0; position < config.ContextLength; position++)
            for (var i = 0; i < _half; i++)
            {
                var angle = position * Math.Pow(config.RopeTheta, -2.0 * i / config.HeadWidth);
                _cos.Span[position * _half + i] = T.CreateTruncating(Math.Cos(angle));
                _sin.Span[position * _half + i] = T.CreateTruncating(Math.Sin(angle));
            }
    }

    /// <summary>Turns <paramref name="heads"/> neighbouring heads of one token: (x, y) → (x·cos − y·sin, y·cos + x·sin).</summary>
    public void Forward(int position, int heads, T* x) => Turn(position, heads, x, T.One);

    /// <summary>A rotation's gradient is turned back: the transpose of the rotation.</summary>
    public void Backward(int position, int heads, T* dx) => Turn(position, heads, dx, -T.One);

    private void Turn(int position, int heads, T* x, T direction)
    {
        T* cos = _cos.At(position * _half, _half), sin = _sin.At(position * _half, _half);
        for (var head = 0; head < heads; head++, x += 2 * _half)
        {
            var y = x + _half;
            var i = 0;
            for (; i + Vector512<T>.Count <= _half; i += Vector512<T>.Count)
            {
                Vector512<T> a = Vector512.Load(x + i), b = Vector512.Load(y + i), c = Vector512.Load(cos + i), s = Vector512.Load(sin + i) * direction;
                Vector512.Store(a * c - b * s, x + i);
                Vector512.Store(b * c + a * s, y + i);
            }
            for (; i < _half; i++)
            {
                var s = sin[i] * direction;
                (x[i], y[i]) = (x[i] * cos[i] - y[i] * s, y[i] * cos[i] + x[i] * s);
            }
        }
        GC.KeepAlive(this);
    }
}

using System.Numerics;
using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>y = x / rms(x) · gain, row by row. x, y [rows × width], gain [width], inverse [rows] = 1 / rms(x).</summary>
internal static unsafe class RmsNorm<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static void Forward(int rows, int width, T* x, T* gain, T* y, T* inverse, double epsilon)
    {
        var gains = new ReadOnlySpan<T>(gain, width);
        for (var row = 0; row < rows; row++, x += width, y += width)
        {
            var input = new ReadOnlySpan<T>(x, width);
            var output = new Span<T>(y, width);
            var scale = T.One / T.Sqrt(TensorPrimitives.SumOfSquares(input) / T.CreateTruncating(width) + T.CreateTruncating(epsilon));
            inverse[row] = scale;
            TensorPrimitives.Multiply(input, scale, output);
            TensorPrimitives.Multiply(output, gains, output);
        }
    }

    /// <summary>
    /// dx += inverse · (g − n · mean(g·n)) with n = x · inverse and g = dy · gain;  dgain += Σ dy · n.  dy is spoilt.
    /// </summary>
    public static void Backward(int rows, int width, T* x, T* gain, T* inverse, T* dy, T* dx, T* dgain)
    {
        var gains = new ReadOnlySpan<T>(gain, width);
        var dgains = new Span<T>(dgain, width);
        Span<T> normed = new T[width];
        for (var row = 0; row < rows; row++, x += width, dy += width, dx += width)
        {
            Span<T> gradient = new(dy, width), target = new(dx, width);
            var scale = inverse[row];
            TensorPrimitives.Multiply(new ReadOnlySpan<T>(x, width), scale, normed);
            TensorPrimitives.MultiplyAdd(gradient, normed, dgains, dgains);
            TensorPrimitives.Multiply(gradient, gains, gradient);
            var mean = TensorPrimitives.Dot<T>(gradient, normed) / T.CreateTruncating(width);
            TensorPrimitives.MultiplyAdd(gradient, scale, target, target);
            TensorPrimitives.MultiplyAdd(normed, -scale * mean, target, target);
        }
    }
}

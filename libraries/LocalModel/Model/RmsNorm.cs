using System.Numerics;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

/// <summary>y = x / rms(x) · gain, row by row. x, y [rows × width], gain [width], inverse [rows] = 1 / rms(x).</summary>
internal static unsafe class RmsNorm<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static void Forward(int rows, int width, T* x, T* gain, T* y, T* inverse, double epsilon)
    {
        var (vector, size, small) = (Vector512<T>.Count, T.CreateTruncating(width), T.CreateTruncating(epsilon));
        for (var row = 0; row < rows; row++, x += width, y += width)
        {
            var squares = Vector512<T>.Zero;
            var i = 0;
            for (; i + vector <= width; i += vector) squares += Vector512.Load(x + i) * Vector512.Load(x + i);
            var sum = Vector512.Sum(squares);
            for (; i < width; i++) sum += x[i] * x[i];

            var scale = inverse[row] = T.One / T.Sqrt(sum / size + small);
            for (i = 0; i + vector <= width; i += vector) Vector512.Store(Vector512.Load(x + i) * scale * Vector512.Load(gain + i), y + i);
            for (; i < width; i++) y[i] = x[i] * scale * gain[i];
        }
    }

    /// <summary>
    /// dx += inverse · (g − n · mean(g·n)) with n = x · inverse and g = dy · gain;  dgain += Σ dy · n.
    /// </summary>
    public static void Backward(int rows, int width, T* x, T* gain, T* inverse, T* dy, T* dx, T* dgain)
    {
        var (vector, size) = (Vector512<T>.Count, T.CreateTruncating(width));
        for (var row = 0; row < rows; row++, x += width, dy += width, dx += width)
        {
            var scale = inverse[row];
            var sums = Vector512<T>.Zero;
            var i = 0;
            for (; i + vector <= width; i += vector)
            {
                var slope = Vector512.Load(dy + i) * (Vector512.Load(x + i) * scale);
                Vector512.Store(Vector512.Load(dgain + i) + slope, dgain + i);
                sums += slope * Vector512.Load(gain + i);
            }
            var sum = Vector512.Sum(sums);
            for (; i < width; i++)
            {
                var slope = dy[i] * (x[i] * scale);
                dgain[i] += slope;
                sum += slope * gain[i];
            }

            var pull = scale * scale * (sum / size);
            for (i = 0; i + vector <= width; i += vector)
                Vector512.Store(Vector512.Load(dx + i) + (Vector512.Load(dy + i) * Vector512.Load(gain + i) * scale - Vector512.Load(x + i) * pull), dx + i);
            for (; i < width; i++) dx[i] += dy[i] * gain[i] * scale - x[i] * pull;
        }
    }
}

using System.Numerics;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

/// <summary>h = silu(gate) · up, with silu(g) = g · σ(g). gateUp [rows × 2·width]: gate then up in each row; h [rows × width].</summary>
internal static unsafe class SwiGlu<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static void Forward(int rows, int width, T* gateUp, T* h)
    {
        var one = Vector512.Create(T.One);
        for (var row = 0; row < rows; row++, gateUp += 2 * width, h += width)
        {
            T* gate = gateUp, up = gateUp + width;
            var i = 0;
            for (; i + Vector512<T>.Count <= width; i += Vector512<T>.Count)
            {
                var g = Vector512.Load(gate + i);
                Vector512.Store(g / (one + Elementary.Exp(-g)) * Vector512.Load(up + i), h + i);
            }
            for (; i < width; i++) h[i] = gate[i] / (T.One + T.Exp(-gate[i])) * up[i];
        }
    }

    /// <summary>dup = dh · silu(g);  dgate = dh · up · σ(g) · (1 + g · (1 − σ(g))).  Both overwrite dgateUp.</summary>
    public static void Backward(int rows, int width, T* gateUp, T* dh, T* dgateUp)
    {
        var one = Vector512.Create(T.One);
        for (var row = 0; row < rows; row++, gateUp += 2 * width, dgateUp += 2 * width, dh += width)
        {
            T* gate = gateUp, up = gateUp + width, dgate = dgateUp, dup = dgateUp + width;
            var i = 0;
            for (; i + Vector512<T>.Count <= width; i += Vector512<T>.Count)
            {
                Vector512<T> g = Vector512.Load(gate + i), d = Vector512.Load(dh + i);
                var sigmoid = one / (one + Elementary.Exp(-g));
                Vector512.Store(d * g * sigmoid, dup + i);
                Vector512.Store(d * Vector512.Load(up + i) * sigmoid * (one + g * (one - sigmoid)), dgate + i);
            }
            for (; i < width; i++)
            {
                var sigmoid = T.One / (T.One + T.Exp(-gate[i]));
                dup[i] = dh[i] * gate[i] * sigmoid;
                dgate[i] = dh[i] * up[i] * sigmoid * (T.One + gate[i] * (T.One - sigmoid));
            }
        }
    }
}

using System.Numerics;
using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Causal attention of one head over one sequence: P = softmax(Q·Kᵀ / √w) below and on the diagonal, O = P·V.
/// <code>
/// n  tokens of the sequence     w  numbers of a head        q, k, v, dq, dk, dv [n × w]  rows qkvRow apart
/// o, dO [n × w]  rows oRow apart      p [n × pRow]  kept for the backward pass; pRow = RowOfP(n)
/// </code>
/// It runs in bands of rows. A band needs only the keys up to its last row, so about half of the products are never made.
/// </summary>
internal sealed unsafe class Attention<T>(Gemm<T> gemm) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Four tiles of the kernel: thin enough to skip most of the masked half, thick enough to use a packed panel well.
    private const int Band = 4 * GemmKernel.Rows;

    private readonly PackedMatrix<T> _first = new(), _second = new(), _band = new();
    private AlignedBuffer<T>? _scores;

    /// <summary>The row length of p: whole panels, so that no product ends inside a tile.</summary>
    public static int RowOfP(int n) => (n + PackedMatrix<T>.Wide - 1) / PackedMatrix<T>.Wide * PackedMatrix<T>.Wide;

    public void Forward(int n, int w, T* q, T* k, T* v, nint qkvRow, T* o, nint oRow, T* p)
    {
        var pRow = RowOfP(n);
        var scale = T.One / T.Sqrt(T.CreateTruncating(w));
        var keys = _first.Pack(w, n, k, 1, qkvRow);      // Kᵀ
        var values = _second.Pack(n, w, v, qkvRow, 1);   // V
        for (var from = 0; from < n; from += Band)
        {
            var to = Math.Min(from + Band, n);
            var band = p + (nint)from * pRow;
            gemm.Multiply(to - from, RowOfP(to), w, q + from * qkvRow, qkvRow, 1, keys, band, pRow, add: false);
            for (var row = from; row < to; row++) CausalSoftmax(p + (nint)row * pRow, row + 1, RowOfP(to), scale);
            gemm.Multiply(to - from, w, to, band, pRow, 1, values, o + from * oRow, oRow, add: false);
        }
    }

    /// <summary>
    /// dV = Pᵀ·dO;  dP = dO·Vᵀ;  dS = P · (dP − Σ dP·P) / √w;  dQ = dS·K;  dK = dSᵀ·Q.  dq, dk and dv are overwritten.
    /// </summary>
    public void Backward(int n, int w, T* q, T* k, T* v, nint qkvRow, T* p, T* dO, nint oRow, T* dq, T* dk, T* dv)
    {
        var pRow = RowOfP(n);
        var scale = T.One / T.Sqrt(T.CreateTruncating(w));
        _scores = AlignedBuffer<T>.Grown(_scores, Band * pRow);
        var dScores = _scores.Pointer;
        var values = _first.Pack(w, n, v, 1, qkvRow);    // Vᵀ
        var keys = _second.Pack(n, w, k, qkvRow, 1);     // K
        for (var row = 0; row < n; row++)
        {
            new Span<T>(dk + row * qkvRow, w).Clear();
            new Span<T>(dv + row * qkvRow, w).Clear();
        }
        for (var from = 0; from < n; from += Band)
        {
            var (to, height) = (Math.Min(from + Band, n), Math.Min(Band, n - from));
            var band = p + (nint)from * pRow;
            gemm.Multiply(height, RowOfP(to), w, dO + from * oRow, oRow, 1, values, dScores, pRow, add: false);
            for (var row = 0; row < height; row++) SoftmaxBackward(band + (nint)row * pRow, dScores + (nint)row * pRow, from + row + 1, RowOfP(to), scale);
            gemm.Multiply(height, w, to, dScores, pRow, 1, keys, dq + from * qkvRow, qkvRow, add: false);
            gemm.Multiply(to, w, height, dScores, 1, pRow, _band.Pack(height, w, q + from * qkvRow, qkvRow, 1), dk, qkvRow, add: true);
            gemm.Multiply(to, w, height, band, 1, pRow, _band.Pack(height, w, dO + from * oRow, oRow, 1), dv, qkvRow, add: true);
        }
    }

    // The first `live` scores become probabilities, the masked ones up to `length` zero.
    private static void CausalSoftmax(T* row, int live, int length, T scale)
    {
        var scores = new Span<T>(row, live);
        TensorPrimitives.Multiply(scores, scale, scores);
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<T>(scores), scores);
        TensorPrimitives.Exp<T>(scores, scores);
        TensorPrimitives.Multiply(scores, T.One / TensorPrimitives.Sum<T>(scores), scores);
        new Span<T>(row + live, length - live).Clear();
    }

    private static void SoftmaxBackward(T* p, T* dp, int live, int length, T scale)
    {
        var probabilities = new ReadOnlySpan<T>(p, live);
        var gradient = new Span<T>(dp, live);
        var dot = TensorPrimitives.Dot(probabilities, gradient);
        TensorPrimitives.Subtract(gradient, dot, gradient);
        TensorPrimitives.Multiply(gradient, probabilities, gradient);
        TensorPrimitives.Multiply(gradient, scale, gradient);
        new Span<T>(dp + live, length - live).Clear();
    }
}

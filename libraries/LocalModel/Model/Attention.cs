using System.Numerics;
using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel;

/// <summary>
/// Causal attention of one head over one sequence: P = softmax(Q·Kᵀ / √w) below and on the diagonal, O = P·V.
/// <code>
/// n  tokens of the sequence     w  numbers of a head        q, k, v, dq, dk, dv [n × w]  rows qkvRow apart
/// o, dO [n × w]  rows oRow apart      p [n × pRow]  kept for the backward pass; pRow = RowOfP(n)
/// </code>
/// It runs in bands of rows. A band needs only the keys up to its last row, so about half of the products are never made. Nobody reads
/// p behind the band's last panel.
/// </summary>
internal sealed unsafe class Attention<T>(Gemm<T> gemm) where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Four tiles of the kernel: thin enough to skip most of the masked half, thick enough to use a packed panel well.
    private const int Band = 4 * GemmKernel.Rows;

    private readonly PackedMatrix<T> _first = new(), _second = new();
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
        _scores = AlignedBuffer<T>.Grown(_scores, checked(n * pRow));
        var dScores = _scores.Pointer;
        var values = _first.Pack(w, n, v, 1, qkvRow);    // Vᵀ
        var keys = _second.Pack(n, w, k, qkvRow, 1);     // K
        for (var from = 0; from < n; from += Band)
        {
            var to = Math.Min(from + Band, n);
            var band = dScores + (nint)from * pRow;
            gemm.Multiply(to - from, RowOfP(to), w, dO + from * oRow, oRow, 1, values, band, pRow, add: false);
            for (var row = from; row < to; row++) SoftmaxBackward(p + (nint)row * pRow, dScores + (nint)row * pRow, row + 1, RowOfP(to), scale);
            gemm.Multiply(to - from, w, to, band, pRow, 1, keys, dq + from * qkvRow, qkvRow, add: false);
        }
        // A band of keys is seen by the rows from its first on, so these products begin there.
        var queries = _first.Pack(n, w, q, qkvRow, 1);
        var dOutput = _second.Pack(n, w, dO, oRow, 1);
        for (var from = 0; from < n; from += Band)
        {
            var (height, corner) = (Math.Min(Band, n - from), from * (nint)(pRow + 1));
            gemm.Multiply(height, w, n - from, dScores + corner, 1, pRow, queries, dk + from * qkvRow, qkvRow, add: false, bFrom: from);
            gemm.Multiply(height, w, n - from, p + corner, 1, pRow, dOutput, dv + from * qkvRow, qkvRow, add: false, bFrom: from);
        }
    }

    // The first `live` scores become probabilities, the masked ones up to `length` zero. Rows are whole vectors long, so there is no
    // remainder: masked scores inside the last live vector are pushed down to where eˣ is zero.
    private static void CausalSoftmax(T* row, int live, int length, T scale)
    {
        var vector = Vector512<T>.Count;
        var last = (live - 1) / vector * vector;
        var lives = Vector512.LessThan(Vector512<T>.Indices, Vector512.Create(T.CreateTruncating(live - last)));
        Vector512.Store(Vector512.ConditionalSelect(lives, Vector512.Load(row + last), Vector512.Create(T.CreateTruncating(-1e30))), row + last);
        var max = Vector512.Load(row);
        for (var i = vector; i <= last; i += vector) max = Vector512.MaxNative(max, Vector512.Load(row + i));

        var (shift, sum) = (Vector512.Create(Elementary.Highest(max)), Vector512<T>.Zero);
        for (var i = 0; i <= last; i += vector)
        {
            var e = Elementary.Exp((Vector512.Load(row + i) - shift) * scale);
            sum += e;
            Vector512.Store(e, row + i);
        }
        var inverse = T.One / Vector512.Sum(sum);
        for (var i = 0; i <= last; i += vector) Vector512.Store(Vector512.Load(row + i) * inverse, row + i);
        for (var i = last + vector; i < length; i += vector) Vector512.Store(Vector512<T>.Zero, row + i);
    }

    // Masked probabilities are zero, and so is what comes out for them.
    private static void SoftmaxBackward(T* p, T* dp, int live, int length, T scale)
    {
        var vector = Vector512<T>.Count;
        var sum = Vector512<T>.Zero;
        for (var i = 0; i < live; i += vector) sum += Vector512.Load(p + i) * Vector512.Load(dp + i);
        var dot = Vector512.Create(Vector512.Sum(sum));
        var end = (live + vector - 1) / vector * vector;
        for (var i = 0; i < end; i += vector) Vector512.Store((Vector512.Load(dp + i) - dot) * (Vector512.Load(p + i) * scale), dp + i);
        for (var i = end; i < length; i += vector) Vector512.Store(Vector512<T>.Zero, dp + i);
    }
}

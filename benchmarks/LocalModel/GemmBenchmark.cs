namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>The matrix product on one thread, packing of B included, in turns with OpenBLAS; per processor-second, which a busy machine changes little.</summary>
internal static unsafe class GemmBenchmark
{
    private const int Rounds = 7;

    // The products of base-1m's layers over a micro-batch of 1024 tokens, and two larger ones.
    private static readonly (string Form, int M, int N, int K)[] Shapes =
    [
        ("NT", 1024, 384, 128), ("NT", 1024, 768, 128), ("NN", 1024, 128, 384), ("TN", 384, 128, 1024), ("TN", 768, 128, 1024),
        ("NT", 2048, 768, 256), ("NN", 2048, 256, 768), ("TN", 768, 256, 2048), ("NT", 2048, 768, 768),
    ];

    public static List<Row> Run(PythonPeer? peer)
    {
        var gemm = new Gemm<float>();
        List<Row> rows = [];
        foreach (var (form, m, n, k) in Shapes)
        {
            AlignedBuffer<float> a = new(m * k), b = new(k * n), c = new(m * n);
            a.Span.Fill(0.5f);
            b.Span.Fill(0.25f);
            var (aRow, aColumn) = form[0] == 'T' ? (1, m) : (k, 1);
            var (bRow, bColumn) = form[1] == 'T' ? (1, k) : (n, 1);
            var repeats = Math.Max(1, (int)(2e9 / (2.0 * m * n * k)));
            List<double> ours = [], theirs = [];
            for (var round = -1; round < Rounds; round++)
            {
                var start = Environment.CpuUsage.TotalTime;
                for (var i = 0; i < repeats; i++) gemm.Multiply(m, n, k, a.Pointer, aRow, aColumn, b.Pointer, bRow, bColumn, c.Pointer, n, add: false);
                var rate = 2.0 * m * n * k * repeats / (Environment.CpuUsage.TotalTime - start).TotalSeconds / 1e9;
                var other = peer?.Ask($"{form} {m} {n} {k} {repeats}");
                if (round < 0) continue;   // warm-up
                ours.Add(rate);
                if (other is { } value) theirs.Add(value);
            }
            rows.Add(new Row($"gemm_{form}_{m}x{n}x{k}", Report.Median(ours), "GFLOP per CPU-s", theirs.Count > 0 ? Report.Median(theirs) : null));
        }
        return rows;
    }
}

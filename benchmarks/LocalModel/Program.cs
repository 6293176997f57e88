using System.Globalization;
using FineTuneAspire.LocalModel.Benchmarks;

// usage: dotnet run -c Release --project benchmarks/LocalModel [gemm|train|decode|quality]   (nothing: all of them)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
bool Wanted(string part) => args.Length == 0 || args.Contains(part);
List<Row> rows = [];
if (Wanted("gemm"))
{
    using var peer = NumpyPeer.Start(out var whyNot);
    if (peer is null) Console.WriteLine($"no peer for the matrix product: {whyNot}");
    rows.AddRange(GemmBenchmark.Run(peer));
}
if (Wanted("train")) rows.AddRange(TrainingBenchmark.Run());
if (Wanted("decode")) rows.AddRange(DecodingBenchmark.Run());
if (Wanted("quality")) rows.AddRange(QualityBenchmark.Run());
Report.Print(rows);
Console.WriteLine($"written: {Report.Write("local-model", rows)}");

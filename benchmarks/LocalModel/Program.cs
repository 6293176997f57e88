using System.Globalization;
using FineTuneAspire.LocalModel.Benchmarks;

// usage: dotnet run -c Release --project benchmarks/LocalModel [gemm|train|decode|quality]   (nothing: all of them)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
bool Wanted(string part) => args.Length == 0 || args.Contains(part);
List<Row> rows = [];
if (Wanted("gemm"))
{
    using var peer = PythonPeer.Start("gemm.py", "python3-numpy libopenblas0");
    rows.AddRange(GemmBenchmark.Run(peer));
}
if (Wanted("train"))
{
    using var peer = PythonPeer.Start("train.py", "python3-torch libopenblas0");
    rows.AddRange(TrainingBenchmark.Run(peer));
}
if (Wanted("decode")) rows.AddRange(DecodingBenchmark.Run());
if (Wanted("quality")) rows.AddRange(QualityBenchmark.Run());
Report.Print(rows);
Console.WriteLine($"written: {Report.Write("local-model", rows)}");

using System.Globalization;
using FineTuneAspire.LocalModel.Benchmarks;

// usage: dotnet run -c Release --project benchmarks/LocalModel
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
using var peer = NumpyPeer.Start(out var whyNot);
if (peer is null) Console.WriteLine($"no peer for the matrix product: {whyNot}");
List<Row> rows = [.. GemmBenchmark.Run(peer), .. TrainingBenchmark.Run(), .. DecodingBenchmark.Run()];
Report.Print(rows);
Console.WriteLine($"written: {Report.Write("local-model", rows)}");

using System.Globalization;
using FineTuneAspire.Datasets.Benchmarks;

// usage: dotnet run -c Release --project benchmarks/Datasets [near-duplicates|tokens|pipeline] [--mb 1000] [--every-code-point]   (no part: all of them)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var size = Array.IndexOf(args, "--mb") is >= 0 and var at ? int.Parse(args[at + 1]) : 1000;
string[] parts = [.. args.Where((arg, i) => !arg.StartsWith("--") && (i == 0 || args[i - 1] != "--mb"))];
bool Wanted(string part) => parts.Length == 0 || parts.Contains(part);
List<Row> rows = [];
if (Wanted("near-duplicates")) rows.AddRange(NearDuplicatesBenchmark.Run(Math.Min(size, 256)));
if (Wanted("tokens")) rows.AddRange(TokensBenchmark.Run(args.Contains("--every-code-point")));
if (Wanted("pipeline")) rows.AddRange(await PipelineBenchmark.RunAsync(args.Contains("--mb") ? [size] : [100, 300, size]));
Report.Print(rows);
Console.WriteLine($"written: {Report.Write("datasets", rows)}");

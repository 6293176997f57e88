using System.Globalization;
using FineTuneAspire.Datasets.Benchmarks;

// usage: dotnet run -c Release --project benchmarks/Datasets [near-duplicates|tokens] [--mb 256] [--every-code-point]   (no part: all of them)
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var size = Array.IndexOf(args, "--mb") is >= 0 and var at ? int.Parse(args[at + 1]) : 256;
string[] parts = [.. args.Where((arg, i) => !arg.StartsWith("--") && (i == 0 || args[i - 1] != "--mb"))];
bool Wanted(string part) => parts.Length == 0 || parts.Contains(part);
List<Row> rows = [];
if (Wanted("near-duplicates")) rows.AddRange(NearDuplicatesBenchmark.Run(size));
if (Wanted("tokens")) rows.AddRange(TokensBenchmark.Run(args.Contains("--every-code-point")));
Report.Print(rows);
Console.WriteLine($"written: {Report.Write("datasets", rows)}");

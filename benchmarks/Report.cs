using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace FineTuneAspire.Benchmarks;

/// <param name="Value">Median over the rounds.</param>
/// <param name="Peer">The peer's figure in the same unit and run, or null when there was none.</param>
internal sealed record Row(string Name, double Value, string Unit, double? Peer = null)
{
    /// <summary>Value / Peer.</summary>
    public double? Ratio => Peer is { } peer ? Value / peer : null;
}

internal static class Report
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }

    public static void Print(IReadOnlyList<Row> rows)
    {
        Console.WriteLine($"{"",-40}{"value",12}{"peer",12}{"ratio",8}  unit");
        foreach (var row in rows) Console.WriteLine($"{row.Name,-40}{row.Value,12:#,0.###}{row.Peer,12:#,0.###}{row.Ratio,8:0.00}  {row.Unit}");
    }

    public static string Write(string name, IReadOnlyList<Row> rows)
    {
        var path = Path.Combine(Folder(), name + ".json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            machine = new
            {
                processor = ProcessorName(), processors = Environment.ProcessorCount, avx512 = Avx512F.IsSupported,
                os = RuntimeInformation.OSDescription, runtime = RuntimeInformation.FrameworkDescription,
            },
            rows = rows.Select(row => new { name = row.Name, value = row.Value, unit = row.Unit, peer = row.Peer, ratio = row.Ratio }),
        }, new JsonSerializerOptions { WriteIndented = true }));
        return path;
    }

    /// <summary>Where benchmarks keep what they write.</summary>
    public static string Folder() => Directory.CreateDirectory(Path.Combine(RepositoryRoot(), ".data", "bench")).FullName;

    private static string RepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FineTuneAspire.sln"))) return folder.FullName;
        return Environment.CurrentDirectory;
    }

    private static string? ProcessorName() => !File.Exists("/proc/cpuinfo") ? null
        : File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim();
}

using System.Diagnostics;
using System.Globalization;
using FineTuneAspire.Datasets.Tests.Fuzzing;

// usage: dotnet run -c Release --project benchmarks/Fuzz [--files 100000] [--from 0]
// Reads mutated training files until one is neither accepted nor refused, hangs or leaves something behind; then it says how to repeat it.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int Number(string name, int otherwise) => Array.IndexOf(args, name) is >= 0 and var at ? int.Parse(args[at + 1]) : otherwise;
var (files, from) = (Number("--files", 100_000), Number("--from", 0));
var folder = Path.Combine(Path.GetTempPath(), $"fta-fuzz-{Environment.ProcessId}");
try
{
    var pipeline = new FuzzedPipeline(folder);
    var (accepted, slowest, firstHeap, started) = (0, 0.0, 0.0, Stopwatch.GetTimestamp());
    var heap = 0.0;
    const int Block = 10_000;
    for (var block = 0; block < files; block += Block)
    {
        await Parallel.ForAsync(from + block, from + Math.Min(files, block + Block), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (number, _) =>
        {
            var begun = Stopwatch.GetTimestamp();
            if (await pipeline.RunAsync(number))
                Interlocked.Increment(ref accepted);
            var taken = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            lock (pipeline)
                slowest = Math.Max(slowest, taken);
        });
        GC.Collect();
        heap = GC.GetTotalMemory(forceFullCollection: true) / 1e6;
        firstHeap = block == 0 ? heap : firstHeap;
        Console.WriteLine($"{Math.Min(files, block + Block),9:#,0} files, {accepted:#,0} accepted, heap {heap:0.0} MB, {pipeline.LeftBehind()} left behind");
    }

    List<Row> rows =
    [
        new("fuzz_files", files, "files"),
        new("fuzz_accepted", accepted, "files"),
        new("fuzz_left_behind", pipeline.LeftBehind(), "files"),
        new("fuzz_slowest_file", slowest, "ms"),
        new("fuzz_heap_after_all_vs_first_block", heap, "MB", firstHeap),
        new("fuzz_peak_memory", Process.GetCurrentProcess().PeakWorkingSet64 / 1e6, "MB"),
        new("fuzz_files_per_s", files / Stopwatch.GetElapsedTime(started).TotalSeconds, "1/s"),
    ];
    Report.Print(rows);
    Console.WriteLine($"written: {Report.Write("fuzz", rows)}");
    return pipeline.LeftBehind() == 0 ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

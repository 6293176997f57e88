using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>
/// A generated chat file goes through the service as a user's does: parts over `/v1/uploads`, then a version with a split, until it is validated
/// (import, every rule, tokens, equal and near-equal examples, split, files on disk), then its token report. A new process for each size.
/// </summary>
internal static class PipelineBenchmark
{
    private const int PartBytes = 32 * 1024 * 1024;
    private const int LargestReported = 100;

    public static async Task<List<Row>> RunAsync(int[] sizes)
    {
        await using var database = await TestDatabase.CreateAsync("bench");
        await using var vhost = await TestVhost.CreateAsync();
        var folder = TestFolder.Create("datasets");
        await ServiceProcess.MigrateAsync(database.ConnectionString, vhost.ConnectionString, folder);
        List<Row> rows = [];
        List<(int Size, double CpuSeconds)> times = [];
        foreach (var size in sizes)
        {
            var file = Path.Combine(Report.Folder(), $"generated-{size}.jsonl");
            Generate(file, size * 1_000_000L);
            await using var service = await ServiceProcess.StartAsync(database.ConnectionString, vhost.ConnectionString, folder);
            // Counting for every base model takes longer than all the rest: once is enough.
            var run = await RunAsync(service, file, withReport: size <= LargestReported);
            File.Delete(file);
            times.Add((size, run.Version.Cpu));
            rows.Add(new($"pipeline_mb_per_s_{size}mb", size / run.Version.Wall, "MB/s, wall clock"));
            rows.Add(new($"pipeline_mb_per_cpu_s_{size}mb", size / run.Version.Cpu, "MB per CPU-s"));
            rows.Add(new($"upload_mb_per_cpu_s_{size}mb", size / run.Upload.Cpu, "MB per CPU-s"));
            rows.Add(new($"pipeline_rss_mb_{size}mb", run.Peak, "MB resident at most, until validated"));
            if (size <= LargestReported)
            {
                rows.Add(new($"token_report_mb_per_cpu_s_{size}mb", size / run.Report.Cpu, "MB per CPU-s, every base model"));
                rows.Add(new($"token_report_rss_mb_{size}mb", run.PeakAfterReport, "MB resident at most, with the token report"));
            }

            Console.WriteLine($"{size} MB: {run.Examples} examples, {run.NearDuplicates} near duplicates; upload {run.Upload.Wall:0.0} s ({run.Upload.Cpu:0.0} CPU-s), version {run.Version.Wall:0.0} s ({run.Version.Cpu:0.0} CPU-s), "
                + $"token report {run.Report.Wall:0.0} s ({run.Report.Cpu:0.0} CPU-s); at most {run.Peak:0} MB, with the report {run.PeakAfterReport:0} MB");
        }

        var (last, first) = (times[^1], times[0]);
        rows.Add(new("pipeline_mb_per_s", rows.Last(row => row.Name.StartsWith("pipeline_mb_per_s_")).Value, $"MB/s, wall clock, at {last.Size} MB"));
        rows.Add(new("pipeline_rss_mb", rows.Where(row => row.Name.StartsWith("pipeline_rss_mb_")).Max(row => row.Value), "MB resident at most, of all sizes"));
        rows.Add(new("pipeline_time_per_mb_ratio", last.CpuSeconds / last.Size / (first.CpuSeconds / first.Size), $"CPU-s per MB at {last.Size} MB / at {first.Size} MB (1: linear)"));
        return rows;
    }

    private static async Task<Measures> RunAsync(ServiceProcess service, string file, bool withReport)
    {
        var uploaded = "";
        var upload = await TimeAsync(service, async () => uploaded = await UploadAsync(service, file));
        var version = default(JsonElement);
        var path = "";
        var pipeline = await TimeAsync(service, async () =>
        {
            var dataset = await service.PostAsync("/v1/datasets", new { name = "generated", file = uploaded, split = new { train = 0.8, validation = 0.1, test = 0.1, seed = 1 } });
            path = $"/v1/datasets/{dataset.GetProperty("id").GetString()}/versions/1";
            do
            {
                await Task.Delay(250);
                version = await service.GetAsync(path);
            } while (version.GetProperty("status").GetString() == "validating");
        });
        if (version.GetProperty("status").GetString() != "validated")
            throw new InvalidOperationException($"The version was rejected: {version}");
        var peak = service.PeakMegabytes();
        var report = await TimeAsync(service, async () =>
        {
            while (withReport && await service.TryGetAsync($"{path}/tokens") is null)
                await Task.Delay(250);
        });
        return new Measures(upload, pipeline, report, peak, service.PeakMegabytes(), version.GetProperty("examples").GetInt32(), version.GetProperty("leakage").GetProperty("near_duplicates").GetInt32());
    }

    private static async Task<string> UploadAsync(ServiceProcess service, string file)
    {
        await using var bytes = File.OpenRead(file);
        var upload = await service.PostAsync("/v1/uploads", new { filename = Path.GetFileName(file), purpose = "fine-tune", bytes = bytes.Length, mime_type = "text/jsonl" });
        var id = upload.GetProperty("id").GetString();
        List<string> parts = [];
        var buffer = new byte[PartBytes];
        while (await bytes.ReadAtLeastAsync(buffer, PartBytes, throwOnEndOfStream: false) is > 0 and var read)
            parts.Add((await service.PostPartAsync($"/v1/uploads/{id}/parts", buffer.AsMemory(0, read))).GetProperty("id").GetString()!);
        var completed = await service.PostAsync($"/v1/uploads/{id}/complete", new { part_ids = parts });
        return completed.GetProperty("file").GetProperty("id").GetString()!;
    }

    private static async Task<(double Wall, double Cpu)> TimeAsync(ServiceProcess service, Func<Task> work)
    {
        var (clock, processor) = (Stopwatch.StartNew(), service.Processor);
        await work();
        return (clock.Elapsed.TotalSeconds, (service.Processor - processor).TotalSeconds);
    }

    private static void Generate(string file, long bytes)
    {
        var examples = new GeneratedExamples(seed: 3);
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        while (stream.Position < bytes)
        {
            json.WriteStartObject();
            json.WriteStartArray("messages");
            foreach (var (role, content) in examples.Next())
            {
                json.WriteStartObject();
                json.WriteString("role", role);
                json.WriteString("content", content);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            stream.WriteByte((byte)'\n');
        }
    }

    private sealed record Measures((double Wall, double Cpu) Upload, (double Wall, double Cpu) Version, (double Wall, double Cpu) Report, double Peak, double PeakAfterReport, int Examples, int NearDuplicates);
}

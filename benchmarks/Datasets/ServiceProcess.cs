using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FineTuneAspire.ServiceDefaults.ApiKeys;

namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>The dataset service as a process of its own, over a real database and broker, on two cores at most.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly string Key = ApiKey.Generate();
    private readonly Process process;
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(10) };
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder output = new();

    private ServiceProcess(Process process) => this.process = process;

    public static async Task MigrateAsync(string database, string bus, string folder)
    {
        using var migration = Process.Start(StartInfo(database, bus, folder, "migrate"))!;
        var output = await migration.StandardOutput.ReadToEndAsync();
        await migration.WaitForExitAsync();
        if (migration.ExitCode != 0)
            throw new InvalidOperationException($"The migration failed:\n{output}");
    }

    public static async Task<ServiceProcess> StartAsync(string database, string bus, string folder)
    {
        var service = new ServiceProcess(new Process { StartInfo = StartInfo(database, bus, folder) });
        service.process.OutputDataReceived += (_, line) => service.Read(line.Data);
        service.process.Start();
        service.process.BeginOutputReadLine();
        try
        {
            service.http.BaseAddress = await service.listening.Task.WaitAsync(TimeSpan.FromMinutes(2));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The service did not start:\n{service.output}");
        }

        service.http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
        return service;
    }

    public TimeSpan Processor
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>The most resident memory the process has had.</summary>
    public double PeakMegabytes() => Number(File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))) * 1024 / 1e6;

    public async Task<JsonElement> PostAsync(string url, object body) =>
        await ReadAsync(await http.PostAsync(url, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json")));

    public async Task<JsonElement> PostPartAsync(string url, ReadOnlyMemory<byte> part)
    {
        using var form = new MultipartFormDataContent { { new ReadOnlyMemoryContent(part), "data", "part" } };
        return await ReadAsync(await http.PostAsync(url, form));
    }

    public async Task<JsonElement> GetAsync(string url) => await ReadAsync(await http.GetAsync(url));

    /// <summary>Null for 503.</summary>
    public async Task<JsonElement?> TryGetAsync(string url)
    {
        var answer = await http.GetAsync(url);
        return answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable ? null : await ReadAsync(answer);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            var text = await answer.Content.ReadAsStringAsync();
            return answer.IsSuccessStatusCode ? JsonSerializer.Deserialize<JsonElement>(text) : throw new InvalidOperationException($"{(int)answer.StatusCode} {text}");
        }
    }

    private static ProcessStartInfo StartInfo(string database, string bus, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("taskset", ["--cpu-list", "0,1", "dotnet", Path.Combine(AppContext.BaseDirectory, "FineTuneAspire.Datasets.dll"), .. arguments]) { RedirectStandardOutput = true };
        foreach (var (name, value) in new[]
        {
            ("ConnectionStrings__datasets-db", database), ("ConnectionStrings__bus", bus), ("Storage__Path", folder), ("ApiKeys__Internal", ApiKey.Generate()),
            ("ApiKeys__Keys__0__Name", "bench"), ("ApiKeys__Keys__0__Project", "bench"), ("ApiKeys__Keys__0__Sha256", ApiKey.Hash(Key)),
            ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information"),
        })
            start.Environment[name] = value;
        return start;
    }

    private static double Number(string line) => double.Parse(line.Where(char.IsDigit).ToArray());

    private void Read(string? line)
    {
        const string mark = "Now listening on: ";
        if (line is null)
            return;
        lock (output)
            output.AppendLine(line);
        if (line.IndexOf(mark, StringComparison.Ordinal) is >= 0 and var at)
            listening.TrySetResult(new Uri(line[(at + mark.Length)..].Trim()));
    }
}

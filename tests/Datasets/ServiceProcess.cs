using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Datasets.Tests;

/// <summary>The service as a process of its own, to be killed at named points.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly HttpClient http = new();
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder output = new();

    private ServiceProcess(Process process) => this.process = process;

    public static async Task<ServiceProcess> StartAsync(string database, string folder, string? fault, params (string Name, string? Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FineTuneAspire.Datasets.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        // No broker: the service keeps files and reads datasets without one.
        foreach (var (name, value) in DatasetsService.Settings(database, "amqp://127.0.0.1:1", folder).Select(setting => (setting.Key, setting.Value)).Concat(settings))
            start.Environment[name.Replace(":", "__")] = value;
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["FTA_FAULT"] = fault;
        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        var service = new ServiceProcess(new Process { StartInfo = start });
        service.process.OutputDataReceived += (_, line) => service.Read(line.Data);
        service.process.ErrorDataReceived += (_, line) => service.Read(line.Data);
        service.process.Start();
        service.process.BeginOutputReadLine();
        service.process.BeginErrorReadLine();
        try
        {
            service.http.BaseAddress = await service.listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The service did not start:\n{service.output}");
        }

        service.http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", DatasetsService.FirstKey);
        return service;
    }

    public async Task<FileObject> UploadAsync(byte[] bytes)
    {
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new ByteArrayContent(bytes), "file", "train.jsonl" } };
        using var answer = await http.PostAsync("/v1/files", form);
        return await DatasetsService.ReadAsync<FileObject>(answer);
    }

    public Task<DatasetObject> CreateDatasetAsync(string file) => PostAsync<DatasetObject>("/v1/datasets", new CreateDatasetRequest { Name = "killed", File = file });

    public async Task<UploadPartObject> AddPartAsync(string upload, byte[] bytes)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "data", "blob" } };
        using var answer = await http.PostAsync($"/v1/uploads/{upload}/parts", form);
        return await DatasetsService.ReadAsync<UploadPartObject>(answer);
    }

    public async Task<T> PostAsync<T>(string url, object body)
    {
        using var answer = await PostAsync(url, body);
        return await DatasetsService.ReadAsync<T>(answer);
    }

    public Task<HttpResponseMessage> PostAsync(string url, object body) =>
        http.PostAsync(url, new StringContent(JsonSerializer.Serialize(body, WireJson.Options), Encoding.UTF8, "application/json"));

    public async Task<T> GetAsync<T>(string url)
    {
        using var answer = await http.GetAsync(url);
        return await DatasetsService.ReadAsync<T>(answer);
    }

    public Task<byte[]> ContentAsync(string id) => http.GetByteArrayAsync($"/v1/files/{id}/content");

    /// <summary>Returns when the fault has killed it.</summary>
    public async Task KilledAsync()
    {
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(128 + 9, process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

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

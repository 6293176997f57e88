using System.Diagnostics;
using System.Text;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Training.Tests;

/// <summary>The service as a process of its own, which may be killed.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private ServiceProcess(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }
    public bool HasExited => _process.HasExited;
    public string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    /// <param name="fault">`point:nth:kill`, or null.</param>
    public static async Task<ServiceProcess> StartAsync(TrainingSystem system, string? fault)
    {
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "FineTuneAspire.Training.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in system.Settings)
            start.Environment[key.Replace(":", "__")] = value;
        start.Environment["ASPNETCORE_URLS"] = url.ToString();
        start.Environment.Remove("FTA_FAULT");
        if (fault is not null)
            start.Environment["FTA_FAULT"] = fault;
        var service = new ServiceProcess(Process.Start(start)!, url);
        DataReceivedEventHandler note = (_, line) =>
        {
            lock (service._log)
                service._log.AppendLine(line.Data);
        };
        service._process.OutputDataReceived += note;
        service._process.ErrorDataReceived += note;
        service._process.BeginOutputReadLine();
        service._process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = url };
        await Eventually.True(async () =>
        {
            if (service.HasExited)
                throw new InvalidOperationException($"The service ended at its start:\n{service.Log}");
            try
            {
                return (await http.GetAsync("/alive")).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        }, TimeSpan.FromSeconds(60), "the service answers");
        return service;
    }

    public HttpClient Client(string key) => TrainingSystem.Authorized(new HttpClient { BaseAddress = Url }, key);

    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}

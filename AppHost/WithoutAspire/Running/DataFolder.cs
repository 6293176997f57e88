using System.Text.Json;
using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>A process that a later start must find when this one dies without stopping it.</summary>
internal sealed record RecordedProcess(string Resource, ProcessIdentity Identity, int StopSignal);

/// <summary>
/// The folder that belongs to one running system at a time: servers' data, secrets, and the record of what runs. Whoever opens it after a runner that
/// died stops that runner's processes first.
/// </summary>
internal sealed class DataFolder : IDisposable
{
    private readonly FileStream _lock;
    private readonly Lock _gate = new();
    private readonly List<RecordedProcess> _processes = [];

    private DataFolder(string path, FileStream held) => (Path, _lock) = (path, held);

    public string Path { get; }

    public string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Opens and locks the folder; refuses while another living runner holds it.</summary>
    public static async Task<DataFolder> OpenAsync(string path, Action<string> say, CancellationToken cancel)
    {
        PrivateFolder.OpenRoot(path);
        FileStream held;
        try
        {
            // .NET holds FileShare.None as an advisory lock that the kernel lifts when the process dies, however it dies.
            held = new FileStream(System.IO.Path.Combine(path, "runner.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            var holder = File.Exists(System.IO.Path.Combine(path, "runner.pid")) ? $"process {File.ReadAllText(System.IO.Path.Combine(path, "runner.pid")).Trim()}" : "another process";
            throw new InvalidOperationException(
                $"{path} is in use by {holder}, which runs the system already. Stop that one (./run stop), or give this one a folder of its own with FTA_DATA.", exception);
        }

        var folder = new DataFolder(path, held);
        foreach (var stale in new[] { "endpoints.json", "status" })
            File.Delete(folder.In(stale));
        await folder.StopLeftoversAsync(say, cancel);
        PrivateFolder.Write(folder.In("runner.pid"), $"{Environment.ProcessId}\n");
        return folder;
    }

    public void Record(RecordedProcess process)
    {
        lock (_gate)
        {
            _processes.RemoveAll(known => !known.Identity.IsAlive && known.Identity.LivingSession().Count == 0);
            _processes.Add(process);
            PrivateFolder.Write(In("processes.json"), JsonSerializer.Serialize(_processes));
        }
    }

    public void Dispose()
    {
        foreach (var mine in new[] { "runner.pid", "processes.json", "endpoints.json", "status" })
            File.Delete(In(mine));
        _lock.Dispose();
    }

    private async Task StopLeftoversAsync(Action<string> say, CancellationToken cancel)
    {
        if (!File.Exists(In("processes.json")))
            return;
        var left = (JsonSerializer.Deserialize<List<RecordedProcess>>(await File.ReadAllBytesAsync(In("processes.json"), cancel)) ?? [])
            .Where(process => process.Identity.LivingSession().Count > 0).ToList();
        foreach (var process in left)
        {
            say($"stopping {process.Resource} (process {process.Identity.Pid}), left by a runner that died");
            Posix.SignalGroup(process.Identity.Pid, process.StopSignal);
        }

        for (var i = 0; i < 50 && left.Any(process => process.Identity.LivingSession().Count > 0); i++)
            await Task.Delay(100, cancel);
        foreach (var pid in left.SelectMany(process => process.Identity.LivingSession()))
            Posix.Signal(pid, Posix.SigKill);
        File.Delete(In("processes.json"));
    }
}

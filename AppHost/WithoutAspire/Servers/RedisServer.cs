using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>redis-server with an append-only file. Its configuration goes in through standard input, so the password is in no argument, variable or file of Redis.</summary>
internal sealed class RedisServer(string name, string folder, FreePorts ports, Action<string> onLine)
    : NativeServer(name, folder, ports.Take(name), onLine)
{
    public override string ConnectionString => $"127.0.0.1:{Port},password={Password}";

    protected override Task PrepareAsync(CancellationToken cancel)
    {
        PrivateFolder.Open(DataFolder);
        return Task.CompletedTask;
    }

    protected override Task<ChildProcess> SpawnAsync(CancellationToken cancel) => ChildProcess.StartAsync(new ChildProcessStart(
        ServerPrograms.Redis,
        ["-"],
        ServerPrograms.BareEnvironment(Folder),
        "/",
        CleanEnvironment: true,
        StandardInput: $"""
            bind 127.0.0.1
            port {Port}
            dir "{DataFolder}"
            appendonly yes
            save ""
            databases 64
            requirepass {Password}

            """), Log);

    /// <summary>While it still loads its data Redis answers AUTH already, but PING with -LOADING.</summary>
    protected override Task<bool> AnswersAsync(CancellationToken cancel) =>
        IsAnsweredAsync(Encoding.ASCII.GetBytes($"AUTH {Password}\r\nPING\r\n"), "+OK\r\n+PONG\r\n"u8.ToArray(), cancel);

    private string DataFolder => Path.Combine(Folder, "data");
}

using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace FineTuneAspire.TestKit;

/// <summary>One server of the test's own, to be stopped, killed, frozen and started again (on the same port, with the same data).</summary>
public sealed class PrivateServer : IAsyncDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;
    private readonly NativeServer _server;

    private readonly FreePorts _ports;

    private PrivateServer(NativeServer server, FreePorts ports) => (_server, _ports) = (server, ports);

    public string ConnectionString => _server.ConnectionString;

    /// <summary>RabbitMQ's management API.</summary>
    public string ManagementUrl => (_server as RabbitMqServer)?.ManagementUrl ?? throw new InvalidOperationException($"{_server.Name} has no management API.");

    public static Task<PrivateServer> RabbitMqAsync() =>
        StartAsync((folder, ports) => new RabbitMqServer("rabbitmq", folder, ports, _ => { }, management: true));

    public static Task<PrivateServer> PostgresAsync() =>
        StartAsync((folder, ports) => new PostgresServer("postgres", folder, ports, _ => { }, surviveCrash: false));

    public static Task<PrivateServer> RedisAsync() => StartAsync((folder, ports) => new RedisServer("redis", folder, ports, _ => { }));

    /// <summary>Starts it again; returns when it takes connections.</summary>
    public Task StartAsync() => _server.StartAsync(CancellationToken.None);

    /// <summary>A clean stop.</summary>
    public Task StopAsync() => _server.StopAsync(TimeSpan.FromSeconds(10));

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        Posix.Signal(Pid, Posix.SigKill);
        await _server.Process!.Exited;
    }

    /// <summary>SIGSTOP: connections stay open and nothing answers.</summary>
    public void Freeze() => Posix.Signal(Pid, Stop);

    public void Thaw() => Posix.Signal(Pid, Continue);

    public async ValueTask DisposeAsync()
    {
        if (_server.Process is { Exited.IsCompleted: false } process)
            Posix.Signal(process.Pid, Continue);
        await _server.StopAsync(TimeSpan.FromSeconds(2));
        _ports.Dispose();
    }

    private int Pid => _server.Process is { Exited.IsCompleted: false } process ? process.Pid : throw new InvalidOperationException($"{_server.Name} does not run.");

    private static async Task<PrivateServer> StartAsync(Func<string, FreePorts, NativeServer> create)
    {
        var folder = PrivateFolder.OpenRoot(TestFolder.Create("server"));
        var ports = new FreePorts(folder);
        var server = create(Path.Combine(folder, "server"), ports);
        await server.StartAsync(CancellationToken.None);
        return new(server, ports);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>
/// RabbitMQ under a node name of its own, with its own epmd (Erlang's name server; else the VM forks a daemon that outlives the broker). The node's name
/// comes from the folder: RabbitMQ files its data under it.
/// </summary>
internal sealed class RabbitMqServer(string name, string folder, FreePorts ports, Action<string> onLine, bool management = false)
    : NativeServer(name, folder, ports.Take(name), onLine)
{
    public const string User = "ft";
    private readonly int _epmdPort = ports.Take(name + "-epmd");
    private readonly int _distributionPort = ports.Take(name + "-dist");
    private readonly int? _managementPort = management ? ports.Take(name + "-management") : null;
    private ChildProcess? _epmd;

    /// <summary>To the virtual host `/`.</summary>
    public override string ConnectionString => $"amqp://{User}:{Password}@127.0.0.1:{Port}";

    /// <summary>The management plugin's HTTP API, when it is on; user and password are the broker's.</summary>
    public string? ManagementUrl => _managementPort is { } port ? $"http://127.0.0.1:{port}" : null;

    protected override async Task PrepareAsync(CancellationToken cancel)
    {
        foreach (var part in new[] { "home", "mnesia", "log", "gen" })
            PrivateFolder.Open(In(part));
        if (!File.Exists(In("home/.erlang.cookie")))
            PrivateFolder.Write(In("home/.erlang.cookie"), RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ", 32), UnixFileMode.UserRead);
        PrivateFolder.Write(In("enabled_plugins"), management ? "[rabbitmq_management].\n" : "[].\n");
        PrivateFolder.Write(In("rabbitmq.conf"), $"""
            listeners.tcp.1 = 127.0.0.1:{Port}
            default_user = {User}
            default_pass = {Password}
            log.console = true
            log.console.level = warning
            log.file = false
            vm_memory_high_watermark.absolute = 1GB
            disk_free_limit.absolute = 200MB
            {(_managementPort is { } port ? $"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {port}" : "")}

            """);

        if (_epmd is not { Exited.IsCompleted: false })
        {
            _epmd = await ChildProcess.StartAsync(new ChildProcessStart(
                ServerPrograms.Epmd, ["-port", Text(_epmdPort), "-address", "127.0.0.1"], ServerPrograms.BareEnvironment(In("home")), "/", CleanEnvironment: true), Log);
            Started?.Invoke(_epmd);
        }
    }

    protected override Task<ChildProcess> SpawnAsync(CancellationToken cancel)
    {
        var environment = ServerPrograms.BareEnvironment(In("home"));
        environment["RABBITMQ_NODENAME"] = NodeName;
        environment["RABBITMQ_MNESIA_BASE"] = In("mnesia");
        environment["RABBITMQ_LOG_BASE"] = In("log");
        environment["RABBITMQ_CONFIG_FILE"] = In("rabbitmq.conf");
        environment["RABBITMQ_ENABLED_PLUGINS_FILE"] = In("enabled_plugins");
        environment["RABBITMQ_CONF_ENV_FILE"] = "/dev/null";
        environment["RABBITMQ_PID_FILE"] = In("pid");
        environment["RABBITMQ_FEATURE_FLAGS_FILE"] = In("feature_flags");
        environment["RABBITMQ_GENERATED_CONFIG_DIR"] = In("gen");
        environment["RABBITMQ_DIST_PORT"] = Text(_distributionPort);
        environment["ERL_EPMD_PORT"] = Text(_epmdPort);
        environment["ERL_EPMD_ADDRESS"] = "127.0.0.1";
        environment["ERL_CRASH_DUMP"] = "/dev/null";
        environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none";
        environment["RABBITMQ_SCHEDULER_BIND_TYPE"] = "u";
        // Makes the script exec the Erlang VM instead of waiting for it as a child: the pid is the broker's own.
        environment["RUNNING_UNDER_SYSTEMD"] = "true";
        return ChildProcess.StartAsync(new ChildProcessStart(ServerPrograms.RabbitMq, [], environment, "/", CleanEnvironment: true), Log);
    }

    /// <summary>The AMQP 0-9-1 header is answered with a method frame, type 1.</summary>
    protected override async Task<bool> AnswersAsync(CancellationToken cancel) =>
        await IsAnsweredAsync("AMQP\0\0\x09\x01"u8.ToArray(), new byte[] { 1 }, cancel) && (ManagementUrl is null || await ManagementAnswersAsync(cancel));

    public override async Task StopAsync(TimeSpan grace)
    {
        await base.StopAsync(grace);
        if (_epmd is { } epmd)
            await epmd.StopAsync(TimeSpan.FromSeconds(2));
    }

    public string NodeName { get; } = $"ft{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder))))[..10]}@localhost";

    private async Task<bool> ManagementAnswersAsync(CancellationToken cancel)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        client.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));
        try
        {
            using var answer = await client.GetAsync($"{ManagementUrl}/api/vhosts", cancel);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private string In(string part) => Path.Combine(Path.GetFullPath(Folder), part);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

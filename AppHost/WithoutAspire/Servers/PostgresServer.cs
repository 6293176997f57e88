using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>
/// PostgreSQL. Run as root it gets an account of its own, since it refuses root, and that account must be able to pass through every folder above its
/// data: where one is closed, the data go under /var/lib/finetune-aspire, and a link in their own place says where.
/// </summary>
/// <param name="surviveCrash">False makes commits not wait for the disk: for tests, whose data need not outlive the machine.</param>
internal sealed class PostgresServer(string name, string folder, FreePorts ports, Action<string> onLine, bool surviveCrash = true)
    : NativeServer(name, folder, ports.Take(name), onLine)
{
    public const string User = "ft";
    private readonly UnixAccount? _account = UnixAccount.ForPostgres();

    /// <summary>As the superuser, to the `postgres` database.</summary>
    public override string ConnectionString => ConnectionStringTo("postgres");

    public string ConnectionStringTo(string database) => $"Host=127.0.0.1;Port={Port};Username={User};Password={Password};Database={database}";

    private const string Elsewhere = "/var/lib/finetune-aspire";

    private string ClusterFolder => field ??= FindOrMakeClusterFolder();

    private string DataFolder => Path.Combine(ClusterFolder, "data");

    protected override async Task PrepareAsync(CancellationToken cancel)
    {
        RemoveStaleLock();
        if (File.Exists(Path.Combine(DataFolder, "PG_VERSION")))
            return;

        // A first start that was killed half-way leaves a folder without its version file.
        if (Directory.Exists(DataFolder))
            Directory.Delete(DataFolder, recursive: true);
        var passwordFile = Path.Combine(ClusterFolder, "initial-password");
        PrivateFolder.Write(passwordFile, Password);
        if (_account is not null)
            Posix.ChangeOwner(passwordFile, _account.User, _account.Group);
        var output = new List<string>();
        var initdb = await ChildProcess.StartAsync(Start("initdb",
            "-D", DataFolder, "-U", User, "--pwfile", passwordFile, "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"),
            line => { lock (output) output.Add(line); });
        int code;
        try
        {
            code = await initdb.Exited.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            await initdb.StopAsync(TimeSpan.FromSeconds(2));
            throw;
        }
        finally
        {
            File.Delete(passwordFile);
        }

        if (code != 0)
            throw new InvalidOperationException($"initdb for {Name} ended with code {code}:\n{string.Join('\n', output)}");
    }

    /// <summary>
    /// The folder beside that of the password: that one belongs to us, this one to PostgreSQL's account. The link keeps a data folder and its cluster
    /// together: a new data folder in the place of a removed one, whose password is another, never meets the old cluster.
    /// </summary>
    private string FindOrMakeClusterFolder()
    {
        var own = new DirectoryInfo(Path.GetFullPath(Folder) + "-cluster");
        if (own.LinkTarget is { } linked && Directory.Exists(linked))
            return PrivateFolder.Open(linked, _account);
        if (_account is null || PrivateFolder.AnyoneCanReach(own.FullName))
            return PrivateFolder.Open(own.FullName, _account);

        if (own.LinkTarget is not null)
            File.Delete(own.FullName); // What it named was removed.
        if (!Directory.Exists(Elsewhere))
            PrivateFolder.OpenPassage(Elsewhere);
        var cluster = PrivateFolder.Open(Path.Combine(Elsewhere, RandomNumberGenerator.GetHexString(16, lowercase: true)), _account);
        Directory.CreateSymbolicLink(own.FullName, cluster);
        return cluster;
    }

    protected override Task<ChildProcess> SpawnAsync(CancellationToken cancel) => ChildProcess.StartAsync(Start("postgres",
        "-D", DataFolder,
        "-p", Port.ToString(CultureInfo.InvariantCulture),
        "-c", "listen_addresses=127.0.0.1",
        "-c", "unix_socket_directories=",
        "-c", "max_connections=300",
        "-c", $"fsync={(surviveCrash ? "on" : "off")}"), Log);

    /// <summary>A start-up packet of protocol 3.0 is answered 'R' (authenticate) when the server serves and 'E' while it starts or recovers.</summary>
    protected override Task<bool> AnswersAsync(CancellationToken cancel)
    {
        var body = Encoding.ASCII.GetBytes($"user\0{User}\0database\0postgres\0\0");
        var packet = new byte[8 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length);
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(4), 3 << 16);
        body.CopyTo(packet, 8);
        return IsAnsweredAsync(packet, "R"u8.ToArray(), cancel);
    }

    // After kill -9 the old server's workers hold its shared memory for a moment.
    protected override bool MayTryAgain(string lastWords) => lastWords.Contains("shared memory block", StringComparison.Ordinal);

    /// <summary>SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.</summary>
    private ChildProcessStart Start(string program, params string[] arguments) => new(
        Path.Combine(ServerPrograms.PostgresFolder(MadeBy()), program), arguments, ServerPrograms.BareEnvironment(ClusterFolder), "/",
        Posix.SigInt, CleanEnvironment: true, _account);

    private string? MadeBy()
    {
        var version = Path.Combine(DataFolder, "PG_VERSION");
        return File.Exists(version) ? File.ReadAllText(version).Trim() : null;
    }

    /// <summary>PostgreSQL trusts the number in its lock file when *any* process of the account bears it, also after a reboot gave it to another program.</summary>
    private void RemoveStaleLock()
    {
        var path = Path.Combine(DataFolder, "postmaster.pid");
        if (!File.Exists(path) || !int.TryParse(File.ReadLines(path).FirstOrDefault(), CultureInfo.InvariantCulture, out var pid))
            return;
        var program = File.Exists($"/proc/{pid}/comm") ? File.ReadAllText($"/proc/{pid}/comm").Trim() : "";
        if (program != "postgres")
            File.Delete(path);
    }
}

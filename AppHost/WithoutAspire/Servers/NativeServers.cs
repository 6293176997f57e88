namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>How test processes reach the three servers; what the file named by FTA_TEST_SERVERS holds, as JSON.</summary>
/// <param name="Postgres">Npgsql connection string of the superuser, to the database `postgres`.</param>
/// <param name="RabbitMq">`amqp://user:password@host:port`, virtual host `/`.</param>
/// <param name="RabbitMqManagement">Base URL of the management API (user and password as in <paramref name="RabbitMq"/>): `PUT /api/vhosts/NAME` makes a virtual host.</param>
/// <param name="Redis">StackExchange.Redis connection string; databases 0 to 63.</param>
internal sealed record ServerAddresses(string Postgres, string RabbitMq, string RabbitMqManagement, string Redis);

/// <summary>PostgreSQL, Redis and RabbitMQ together, for tests: started side by side, gone with this process.</summary>
internal sealed class NativeServers : IAsyncDisposable
{
    private readonly FreePorts _ports;

    private NativeServers(string folder, Action<string, string> onLine)
    {
        var ports = _ports = new FreePorts(folder);
        Postgres = new PostgresServer("postgres", Path.Combine(folder, "postgres"), ports, line => onLine("postgres", line), surviveCrash: false);
        Redis = new RedisServer("redis", Path.Combine(folder, "redis"), ports, line => onLine("redis", line));
        RabbitMq = new RabbitMqServer("rabbitmq", Path.Combine(folder, "rabbitmq"), ports, line => onLine("rabbitmq", line), management: true);
    }

    public PostgresServer Postgres { get; }
    public RedisServer Redis { get; }
    public RabbitMqServer RabbitMq { get; }

    public ServerAddresses Addresses => new(Postgres.ConnectionString, RabbitMq.ConnectionString, RabbitMq.ManagementUrl!, Redis.ConnectionString);

    /// <summary>Starts the three in the folder (made when missing) and returns when all take connections; stops them again when one does not.</summary>
    public static async Task<NativeServers> StartAsync(string folder, Action<string, string> onLine, CancellationToken cancel)
    {
        PrivateFolder.OpenRoot(folder);
        var servers = new NativeServers(folder, onLine);
        try
        {
            await Task.WhenAll(servers.All.Select(server => server.StartAsync(cancel)));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    private IEnumerable<NativeServer> All => [Postgres, Redis, RabbitMq];

    /// <summary>Stops the three; the folder stays, its owner deletes it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(server => server.StopAsync(TimeSpan.FromSeconds(2))));
        _ports.Dispose();
    }
}

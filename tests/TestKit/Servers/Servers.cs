using System.Text.Json;
using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace FineTuneAspire.TestKit;

/// <summary>
/// PostgreSQL, RabbitMQ and Redis for the tests of one process: those named by the file in FTA_TEST_SERVERS (`./test` starts them once for all
/// projects), else three of its own that end with it. Use them through <see cref="TestDatabase"/>, <see cref="TestVhost"/> and
/// <see cref="RedisDb"/>; a test that stops or wipes a server takes a <see cref="PrivateServer"/>.
/// </summary>
/// <param name="Postgres">Npgsql connection string of the superuser, to the database `postgres`.</param>
/// <param name="RabbitMq">`amqp://user:password@host:port`, virtual host `/`.</param>
/// <param name="RabbitMqManagement">Base URL of the management API; user and password as in <paramref name="RabbitMq"/>.</param>
/// <param name="Redis">StackExchange.Redis connection string.</param>
public sealed record Servers(string Postgres, string RabbitMq, string RabbitMqManagement, string Redis)
{
    private const string Variable = "FTA_TEST_SERVERS";
    private static readonly Lazy<Task<Servers>> Shared = new(FindOrStartAsync);

    public static Task<Servers> GetAsync() => Shared.Value;

    private static async Task<Servers> FindOrStartAsync()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file)
        {
            var text = await File.ReadAllTextAsync(file);
            return JsonSerializer.Deserialize<Servers>(text, JsonSerializerOptions.Web) is { Postgres: not null, RabbitMq: not null, RabbitMqManagement: not null, Redis: not null } servers
                ? servers
                : throw new InvalidOperationException($"{file}, named by {Variable}, does not hold postgres, rabbitMq, rabbitMqManagement and redis.");
        }

        var own = await NativeServers.StartAsync(TestFolder.Create("servers"), (_, _) => { }, CancellationToken.None);
        // The process is gone when the handler returns, so it must not return before the servers are.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => own.DisposeAsync().AsTask().GetAwaiter().GetResult();
        var addresses = own.Addresses;
        return new(addresses.Postgres, addresses.RabbitMq, addresses.RabbitMqManagement, addresses.Redis);
    }
}

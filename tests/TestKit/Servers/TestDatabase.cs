using Npgsql;

namespace FineTuneAspire.TestKit;

/// <summary>A fresh, empty database; dropped when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private readonly string _server;

    private TestDatabase(string server, string name)
    {
        _server = server;
        Name = name;
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 30, IncludeErrorDetail = true }.ConnectionString;
    }

    public string Name { get; }
    public string ConnectionString { get; }

    /// <param name="name">Leads the database's name, so that a person recognises it.</param>
    public static async Task<TestDatabase> CreateAsync(string name) => await CreateAsync(name, (await Servers.GetAsync()).Postgres);

    /// <summary>On a server of the test's own.</summary>
    public static async Task<TestDatabase> CreateAsync(string name, string server)
    {
        var database = new TestDatabase(server, $"{name}_{Guid.NewGuid():N}");
        await RunOnServerAsync(server, $"CREATE DATABASE \"{database.Name}\"");
        return database;
    }

    public async Task<int> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>The first column of the first row.</summary>
    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"No row: {sql}"));
    }

    public async ValueTask DisposeAsync()
    {
        await using (var pooled = new NpgsqlConnection(ConnectionString))
            NpgsqlConnection.ClearPool(pooled);
        await RunOnServerAsync(_server, $"DROP DATABASE IF EXISTS \"{Name}\" WITH (FORCE)");
    }

    private static async Task RunOnServerAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await connection.OpenAsync();
                await using var command = new NpgsqlCommand(sql, connection);
                await command.ExecuteNonQueryAsync();
                return;
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ObjectInUse && attempt < 20)
            {
                // Two test processes copy the template at the same moment.
                await connection.CloseAsync();
                await Task.Delay(50 * attempt);
            }
        }
    }
}

using FineTuneAspire.AppHost.WithoutAspire.Servers;
using FineTuneAspire.TestKit;
using Npgsql;

namespace FineTuneAspire.AppHost.Tests;

public sealed class PostgresServerTests
{
    /// <summary>As in a clone under root's home, which PostgreSQL's account cannot reach.</summary>
    [Fact]
    public async Task In_a_closed_folder_the_data_lie_elsewhere_and_a_new_data_folder_in_the_same_place_begins_anew()
    {
        Assert.SkipUnless(Posix.IsRoot, "only root runs PostgreSQL under another account");
        var closed = PrivateFolder.Open(TestFolder.Create("closed"));
        var data = Path.Combine(closed, "data");
        var clusters = new HashSet<string>();
        try
        {
            await WithServerAsync(data, clusters, "CREATE TABLE kept ()");
            await WithServerAsync(data, clusters, "SELECT * FROM kept");
            Assert.Single(clusters);

            Directory.Delete(data, recursive: true);
            await WithServerAsync(data, clusters, "CREATE TABLE kept ()");
            Assert.Equal(2, clusters.Count);

            Directory.Delete(clusters.Last(), recursive: true);
            await WithServerAsync(data, clusters, "CREATE TABLE kept ()");
        }
        finally
        {
            foreach (var cluster in clusters.Where(Directory.Exists))
                Directory.Delete(cluster, recursive: true);
        }
    }

    private static async Task WithServerAsync(string data, HashSet<string> clusters, string sql)
    {
        using var ports = new FreePorts(data);
        var server = new PostgresServer("postgres", Path.Combine(PrivateFolder.OpenRoot(data), "postgres"), ports, _ => { }, surviveCrash: false);
        await server.StartAsync(TestContext.Current.CancellationToken);
        try
        {
            clusters.Add(new DirectoryInfo(server.Folder + "-cluster").LinkTarget ?? throw new InvalidOperationException("There is no link to the cluster."));
            await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        finally
        {
            await server.StopAsync(TimeSpan.FromSeconds(5));
        }
    }
}

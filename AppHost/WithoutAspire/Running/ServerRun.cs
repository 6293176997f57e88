using Aspire.Hosting.ApplicationModel;
using FineTuneAspire.AppHost.WithoutAspire.Servers;
using Npgsql;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>PostgreSQL, Redis or RabbitMQ as a process of this machine.</summary>
internal sealed class ServerRun(ContainerResource resource, NativeServer server, int stopSignal, RunContext context) : ResourceRun(resource, context)
{
    public override string Type => "server";
    public override IReadOnlyList<string> Urls => [$"tcp://127.0.0.1:{server.Port}"];

    protected override async Task<ResourceStatus> RunToEndAsync(CancellationToken cancel)
    {
        server.Started = child => Context.Data.Record(new RecordedProcess(Name, child.Identity ?? throw new InvalidOperationException($"{Name} ended at once."), stopSignal));
        try
        {
            await server.StartAsync(cancel);
            var process = server.Process!;
            Set(new ResourceStatus(ResourceState.Running, Pid: process.Pid));
            // Not cancelled by the token: whoever asks for the end also makes the process end.
            var code = await process.Exited;
            return new ResourceStatus(code == 0 ? ResourceState.Finished : ResourceState.Exited, ExitCode: code);
        }
        finally
        {
            // A start that was cut short, or a helper process of a server that died.
            await server.StopAsync(TimeSpan.FromSeconds(3));
        }
    }

    protected override Task EndAsync(TimeSpan grace)
    {
        Set(Status with { State = ResourceState.Stopping });
        return server.StopAsync(grace);
    }
}

/// <summary>A database on a server: made when missing, there while its server runs.</summary>
internal sealed class DatabaseRun(PostgresDatabaseResource resource, RunContext context) : ResourceRun(resource, context)
{
    public override string Type => "database";

    protected override async Task<ResourceStatus> RunToEndAsync(CancellationToken cancel)
    {
        var server = Context.Find(resource.Parent);
        while (true)
        {
            Set(new ResourceStatus(ResourceState.Waiting));
            await server.WhenAsync(status => status.IsUp, cancel);
            await CreateWhenMissingAsync(cancel);
            Set(new ResourceStatus(ResourceState.Running));
            await server.WhenAsync(status => !status.IsUp, cancel);
        }
    }

    protected override Task EndAsync(TimeSpan grace) => Task.CompletedTask;

    private async Task CreateWhenMissingAsync(CancellationToken cancel)
    {
        await using var source = NpgsqlDataSource.Create(resource.Parent.PostgresServer().ConnectionString + ";Pooling=false");
        await using var exists = source.CreateCommand("SELECT 1 FROM pg_database WHERE datname = $1");
        exists.Parameters.AddWithValue(resource.DatabaseName);
        if (await exists.ExecuteScalarAsync(cancel) is not null)
            return;
        await using var create = source.CreateCommand($"CREATE DATABASE \"{resource.DatabaseName.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");
        await create.ExecuteNonQueryAsync(cancel);
        WriteLog($"created database {resource.DatabaseName}");
    }
}

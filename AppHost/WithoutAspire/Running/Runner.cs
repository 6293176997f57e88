using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using FineTuneAspire.AppHost.WithoutAspire.Page;
using FineTuneAspire.AppHost.WithoutAspire.Servers;

namespace FineTuneAspire.AppHost.WithoutAspire.Running;

/// <summary>Runs a described system on this machine: servers and projects as processes, their logs here, a page beside them.</summary>
internal sealed class Runner
{
    /// <summary>Together under the ten seconds that a stop may take.</summary>
    private static readonly TimeSpan ProjectGrace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ServerGrace = TimeSpan.FromSeconds(3);

    private const int PreferredPagePort = 15080;
    private readonly DataFolder _data;
    private readonly RunContext _context;
    private readonly Lock _gate = new();
    private bool _announced;

    private Runner(RunnerOptions options, IReadOnlyList<IResource> resources, DataFolder data, LogConsole console, FreePorts ports, CancellationToken stopping)
    {
        _data = data;
        PageUrl = $"http://127.0.0.1:{(ports.TryTakeExactly(PreferredPagePort) ? PreferredPagePort : ports.Take("runner-page"))}";
        _context = new RunContext(options, data, console, TimeProvider.System, PageUrl, WriteStatus, stopping);
        foreach (var resource in resources)
        {
            if (Plan(resource, ports) is { } run)
                _context.Add(run);
        }
    }

    public string PageUrl { get; }

    public IEnumerable<ResourceRun> Resources => _context.All;

    /// <summary>Starts everything and returns when SIGINT, SIGTERM, SIGHUP or the token asked for the end and all of it has stopped.</summary>
    public static async Task RunAsync(RunnerOptions options, IReadOnlyList<IResource> resources, CancellationToken cancel)
    {
        Posix.KeepNewFilesPrivate();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var signals = new Signals(stop);
        var console = LogConsole.OnTerminal(resources.Select(resource => resource.Name.Length).Append("runner".Length).Max());
        DataFolder data;
        try
        {
            data = await DataFolder.OpenAsync(options.DataFolder, line => console.Write("runner", line), stop.Token);
        }
        catch (InvalidOperationException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            Environment.ExitCode = 1;
            return;
        }

        using (data)
        using (var ports = new FreePorts(options.DataFolder))
        {
            var runner = new Runner(options, resources, data, console, ports, stop.Token);
            await using var page = await RunnerPage.StartAsync(runner, stop.Token);
            console.Write("runner", $"resources, logs and traces: {runner.PageUrl}");
            foreach (var run in runner.Resources)
                await run.StartAsync(CancellationToken.None);
            try
            {
                await Task.Delay(Timeout.Infinite, stop.Token);
            }
            catch (OperationCanceledException)
            {
                console.Write("runner", "stopping");
            }

            await runner.StopAllAsync();
            console.Write("runner", "stopped");
        }
    }

    public ResourceRun? Find(string name) => Resources.FirstOrDefault(run => string.Equals(run.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Stops one resource; its dependents see it gone, as they would see a crash.</summary>
    public static Task<bool> StopAsync(ResourceRun run) => run.StopAsync(run is ServerRun ? ServerGrace : ProjectGrace);

    private async Task StopAllAsync()
    {
        File.Delete(_data.In("endpoints.json"));
        await Task.WhenAll(Resources.Where(run => run is not ServerRun).Select(run => run.StopAsync(ProjectGrace)));
        await Task.WhenAll(Resources.Where(run => run is ServerRun).Select(run => run.StopAsync(ServerGrace)));
    }

    /// <summary>Gives the resource its port, server and password; null for what does not run.</summary>
    private ResourceRun? Plan(IResource resource, FreePorts ports)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            endpoint.Port = endpoint.IsExternal && ports.TryTakeExactly(endpoint.WantedPort)
                ? endpoint.WantedPort
                : ports.Take($"{resource.Name}-{endpoint.Name}");
        }

        return resource switch
        {
            ProjectResource project => new ProjectRun(project, _context),
            PostgresDatabaseResource database => new DatabaseRun(database, _context),
            PostgresServerResource postgres => Server(postgres, log => new PostgresServer(postgres.Name, _data.In(postgres.Name), ports, log), Posix.SigInt),
            RedisResource redis => Server(redis, log => new RedisServer(redis.Name, _data.In(redis.Name), ports, log), Posix.SigTerm),
            RabbitMQServerResource rabbit => Server(rabbit, log => new RabbitMqServer(rabbit.Name, _data.In(rabbit.Name), ports, log), Posix.SigTerm),
            _ => null,
        };
    }

    private ServerRun Server(ContainerResource resource, Func<Action<string>, NativeServer> create, int stopSignal)
    {
        ServerRun? run = null;
        var server = create(line => run!.WriteLog(line));
        resource.Annotations.Add(new ServerAnnotation(server));
        return run = new ServerRun(resource, server, stopSignal, _context);
    }

    /// <summary>After every change: the table that `./run status` prints, and, once all is up, how clients reach the system.</summary>
    private void WriteStatus()
    {
        lock (_gate)
        {
            if (_context.Stopping.IsCancellationRequested)
                return;
            var table = new StringBuilder();
            foreach (var run in Resources)
            {
                var status = run.Status;
                var state = status.State + (status.Health switch { true => " (healthy)", false => " (not healthy yet)", null => "" });
                table.AppendLine($"{run.Name,-22} {state,-30} {string.Join(' ', run.Urls),-24} {status.Reason ?? (status.ExitCode is { } code ? $"code {code}" : "")}".TrimEnd());
            }

            PrivateFolder.Write(_data.In("status"), table.ToString());
            if (!_announced && Resources.All(run => run.Status.IsUp || run.Status.State == ResourceState.Finished))
                Announce();
        }
    }

    private void Announce()
    {
        var pages = new Dictionary<string, string> { ["dashboard"] = PageUrl };
        string? frontDoor = null;
        foreach (var run in Resources)
        {
            if (run.Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(endpoint => endpoint.IsExternal) is { } endpoint)
                pages[run.Name] = frontDoor = endpoint.Url;
        }

        _announced = true;
        _context.Console.Write("runner", $"everything is up{(frontDoor is null ? "" : $": {frontDoor}")}");
        if (frontDoor is null)
            return;
        var key = File.Exists(_data.In("api-key")) ? File.ReadAllText(_data.In("api-key")).Trim() : null;
        PrivateFolder.Write(_data.In("endpoints.json"), JsonSerializer.Serialize(
            new Dictionary<string, object?> { ["base_url"] = frontDoor + "/v1", ["api_key"] = key, ["pages"] = pages }));
    }

    /// <summary>The first signal asks for an orderly end; the process then exits by itself.</summary>
    private sealed class Signals : IDisposable
    {
        private readonly PosixSignalRegistration[] _registrations;

        public Signals(CancellationTokenSource stop) => _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stop.Cancel();
            }))];

        public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());
    }
}

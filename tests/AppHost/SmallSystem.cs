using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.AppHost.WithoutAspire.Servers;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.AppHost.Tests;

/// <summary>The small AppHost of Systems/Small as a process of its own, in a data folder of its own.</summary>
internal sealed class SmallSystem : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly TaskCompletionSource<Uri> _page = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly bool _ownsFolder;
    private IReadOnlyList<ProcessIdentity> _everStarted = [];

    private SmallSystem(string dataFolder, bool ownsFolder, Process process)
    {
        DataFolder = dataFolder;
        _ownsFolder = ownsFolder;
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public string DataFolder { get; }
    public int Pid => _process.Id;
    public HttpClient Page { get; private set; } = null!;

    public string Output
    {
        get { lock (_output) return string.Join('\n', _output); }
    }

    /// <summary>Starts the process; does not wait for its resources.</summary>
    public static async Task<SmallSystem> StartAsync(string? dataFolder = null, params (string Name, string Value)[] environment)
    {
        var system = Launch(dataFolder, environment);
        system.Page = new HttpClient { BaseAddress = await system._page.Task.WaitAsync(Patience) };
        return system;
    }

    /// <summary>Runs the process to its end, for a start that is expected to be refused.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(string dataFolder)
    {
        await using var system = Launch(dataFolder, []);
        await system._process.WaitForExitAsync().WaitAsync(Patience);
        await system._reading;
        return (system._process.ExitCode, system.Output);
    }

    public async Task<JsonElement> ResourceAsync(string name) => await Page.GetFromJsonAsync<JsonElement>($"/api/resources/{name}");

    public async Task<string> StateAsync(string name) => (await ResourceAsync(name)).GetProperty("state").GetString()!;

    public Task BecomesAsync(string name, string state) => Eventually.Value(() => StateAsync(name), seen => seen == state, Patience, $"{name} is {state}; output:\n{Output}");

    public async Task<JsonElement> IsUpAsync(string name) =>
        await Eventually.Value(() => ResourceAsync(name), resource => resource.GetProperty("is_up").GetBoolean(), Patience, $"{name} is up; output:\n{Output}");

    public async Task<HttpResponseMessage> CommandAsync(string name, string verb) => await Page.PostAsync($"/api/resources/{name}/{verb}", null);

    /// <summary>The variables with which the resource's process runs.</summary>
    public async Task<Dictionary<string, string>> EnvironmentOfAsync(string name)
    {
        var pid = (await IsUpAsync(name)).GetProperty("pid").GetInt32();
        return File.ReadAllText($"/proc/{pid}/environ").Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    /// <summary>Every process that descends from the runner now.</summary>
    public IReadOnlyList<ProcessIdentity> Descendants()
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0).Where(pid => pid > 0)
            .Select(pid => (Pid: pid, Parent: ParentOf(pid))).Where(pair => pair.Parent is not null).ToLookup(pair => pair.Parent!.Value, pair => pair.Pid);
        var found = new List<int>();
        var ahead = new Queue<int>([Pid]);
        while (ahead.TryDequeue(out var pid))
        {
            foreach (var child in parents[pid])
            {
                found.Add(child);
                ahead.Enqueue(child);
            }
        }

        return _everStarted = [.. found.Select(ProcessIdentity.Of).OfType<ProcessIdentity>()];
    }

    public void Kill() => Posix.Signal(Pid, Posix.SigKill);

    /// <summary>Asks it to end, and returns how long that took and its exit code.</summary>
    public async Task<(TimeSpan Took, int ExitCode)> TerminateAsync(int signal = Posix.SigTerm)
    {
        var clock = Stopwatch.StartNew();
        Posix.Signal(Pid, signal);
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return (clock.Elapsed, _process.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await TerminateAsync();
        foreach (var left in _everStarted.Where(process => process.IsAlive))
            Posix.Signal(left.Pid, Posix.SigKill);
        Page?.Dispose();
        if (_ownsFolder)
            Directory.Delete(DataFolder, recursive: true);
    }

    private static SmallSystem Launch(string? dataFolder, (string Name, string Value)[] environment)
    {
        var ownsFolder = dataFolder is null;
        dataFolder ??= Path.Combine(TestFolder.Create("system"), "data");
        var output = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/')); // tests/AppHost/bin/CONFIGURATION/net10.0
        var program = Path.Combine(output.Parent!.Parent!.Parent!.FullName, "Systems", "Small", "bin", output.Parent.Name, output.Name, "FineTuneAspire.TestSystem.dll");
        var start = new ProcessStartInfo("dotnet", [program]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["FTA_DATA"] = dataFolder;
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new SmallSystem(dataFolder, ownsFolder, Process.Start(start)!);
    }

    private async Task ReadAsync(StreamReader reader)
    {
        const string announcement = "resources, logs and traces: ";
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
                _output.Add(line);
            if (line.Contains(announcement, StringComparison.Ordinal))
                _page.TrySetResult(new Uri(line[(line.IndexOf(announcement, StringComparison.Ordinal) + announcement.Length)..]));
        }

        if (_process.HasExited)
            _page.TrySetException(new InvalidOperationException($"The runner ended before its page was there:\n{Output}"));
    }

    private static int? ParentOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null; // It ended meanwhile.
        }
    }
}

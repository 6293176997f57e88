using System.Diagnostics;
using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>What to start. <paramref name="Environment"/> is added to ours, or is all there is when <paramref name="CleanEnvironment"/> is set.</summary>
/// <param name="StopSignal">Asks the program to end; it is also sent when this process dies.</param>
/// <param name="Account">Drop to this user first; only root may.</param>
/// <param name="StandardInput">Written to the program, then closed: the place for a configuration with a password in it.</param>
internal sealed record ChildProcessStart(
    string File,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory,
    int StopSignal = Posix.SigTerm,
    bool CleanEnvironment = false,
    UnixAccount? Account = null,
    string? StandardInput = null);

/// <summary>
/// A program in a session and process group of its own, so that Ctrl+C in the terminal reaches us first and we stop it in order, and with a
/// parent-death signal, so that it does not outlive us even after kill -9. When it ends, what is left of its group is killed.
/// </summary>
internal sealed class ChildProcess
{
    private readonly Process _process;
    private readonly int _stopSignal;

    private ChildProcess(Process process, int stopSignal, Action<string> onLine)
    {
        _process = process;
        _stopSignal = stopSignal;
        Identity = ProcessIdentity.Of(process.Id);
        Exited = WatchAsync(PumpAsync(process.StandardOutput, onLine), PumpAsync(process.StandardError, onLine));
    }

    public int Pid => _process.Id;

    /// <summary>Null when the process was already gone by the time it was looked at.</summary>
    public ProcessIdentity? Identity { get; }

    /// <summary>Ends with the exit code (128 + signal when it was killed), after its last line was read.</summary>
    public Task<int> Exited { get; }

    public static async Task<ChildProcess> StartAsync(ChildProcessStart start, Action<string> onLine)
    {
        // Both exec what follows them, so the pid stays the program's own.
        var info = new ProcessStartInfo("setsid")
        {
            WorkingDirectory = start.WorkingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var argument in new[] { "setpriv", "--pdeathsig", start.StopSignal == Posix.SigInt ? "INT" : "TERM" })
            info.ArgumentList.Add(argument);
        if (start.Account is { } account)
        {
            foreach (var argument in new[] { $"--reuid={account.User}", $"--regid={account.Group}", "--clear-groups" })
                info.ArgumentList.Add(argument);
        }

        info.ArgumentList.Add("--");
        info.ArgumentList.Add(start.File);
        foreach (var argument in start.Arguments)
            info.ArgumentList.Add(argument);

        if (start.CleanEnvironment)
            info.Environment.Clear();
        foreach (var (name, value) in start.Environment)
            info.Environment[name] = value;

        var process = await Spawner.RunAsync(() => Process.Start(info)) ?? throw new InvalidOperationException($"{start.File} did not start.");
        var child = new ChildProcess(process, start.StopSignal, onLine);
        try
        {
            if (start.StandardInput is { } input)
                await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program ended before it read its input; its exit code and output say why.
        }

        return child;
    }

    /// <summary>Asks the program to stop, and kills its group when it has not within the grace. Returns the exit code.</summary>
    public async Task<int> StopAsync(TimeSpan grace)
    {
        if (!Exited.IsCompleted)
            Posix.Signal(Pid, _stopSignal);
        try
        {
            return await Exited.WaitAsync(grace);
        }
        catch (TimeoutException)
        {
            Posix.SignalGroup(Pid, Posix.SigKill);
            return await Exited;
        }
    }

    private async Task<int> WatchAsync(params Task[] pumps)
    {
        await _process.WaitForExitAsync();
        Posix.SignalGroup(Pid, Posix.SigKill);
        // A grandchild in a session of its own may still hold the pipe; the exit is told all the same.
        await Task.WhenAny(Task.WhenAll(pumps), Task.Delay(TimeSpan.FromSeconds(2)));
        return _process.ExitCode;
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> onLine)
    {
        while (await reader.ReadLineAsync() is { } line)
            onLine(line);
    }
}

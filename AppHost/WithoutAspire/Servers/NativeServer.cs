using System.Diagnostics;
using System.Net.Sockets;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>
/// A server program run as a child process with its own data folder, port and password. It can be started again after it was stopped or died, on the
/// same port and with the same data; nothing here does so unasked.
/// </summary>
internal abstract class NativeServer(string name, string folder, int port, Action<string> onLine)
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(90);
    private readonly Queue<string> _lastLines = new();

    public string Name => name;
    public string Folder => folder;
    public int Port => port;
    public ChildProcess? Process { get; private set; }

    /// <summary>Told of every process this server starts, before it is ready.</summary>
    public Action<ChildProcess>? Started { get; set; }

    /// <summary>Random, made at the first start and kept with the data it protects.</summary>
    public string Password => field ??= PrivateFolder.ReadOrCreateSecret(Path.Combine(PrivateFolder.Open(folder), "password"), PrivateFolder.NewPassword);

    /// <summary>How clients reach the server, in the form of its usual .NET client; holds the password.</summary>
    public abstract string ConnectionString { get; }

    /// <summary>Starts the server and returns when it takes connections; throws with its last words when it ends before that.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        if (Process is { Exited.IsCompleted: false })
            throw new InvalidOperationException($"{name} already runs.");

        await PrepareAsync(cancel);
        var clock = Stopwatch.StartNew();
        while (true)
        {
            lock (_lastLines)
                _lastLines.Clear();
            Process = await SpawnAsync(cancel);
            Started?.Invoke(Process);
            if (await BecomesReadyAsync(Process, clock, cancel))
                return;
            if (!MayTryAgain(LastWords()) || clock.Elapsed > TimeSpan.FromSeconds(15))
                throw new InvalidOperationException($"{name} ended with code {await Process.Exited} before it took connections:\n{LastWords()}");
            await Task.Delay(200, cancel);
        }
    }

    /// <summary>Stops the server cleanly, or by force after the grace. Does nothing when it does not run.</summary>
    public virtual async Task StopAsync(TimeSpan grace)
    {
        if (Process is { } process)
            await process.StopAsync(grace);
    }

    /// <summary>Makes data and configuration ready; must not mind having run before.</summary>
    protected abstract Task PrepareAsync(CancellationToken cancel);

    protected abstract Task<ChildProcess> SpawnAsync(CancellationToken cancel);

    /// <summary>Asks the server itself, in its own protocol, whether it serves.</summary>
    protected abstract Task<bool> AnswersAsync(CancellationToken cancel);

    /// <summary>True for an early end that passes by itself.</summary>
    protected virtual bool MayTryAgain(string lastWords) => false;

    protected void Log(string line)
    {
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > 20)
                _lastLines.Dequeue();
        }

        onLine(line);
    }

    /// <summary>Connects, sends a greeting and tells whether the answer starts with the expected bytes; false when nobody listens or the connection breaks.</summary>
    protected async Task<bool> IsAnsweredAsync(ReadOnlyMemory<byte> greeting, ReadOnlyMemory<byte> expected, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync("127.0.0.1", port, limit.Token);
            await socket.SendAsync(greeting, limit.Token);
            var answer = new byte[expected.Length];
            await using var stream = new NetworkStream(socket);
            await stream.ReadExactlyAsync(answer, limit.Token);
            return expected.Span.SequenceEqual(answer);
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> BecomesReadyAsync(ChildProcess process, Stopwatch clock, CancellationToken cancel)
    {
        while (!process.Exited.IsCompleted)
        {
            if (await AnswersAsync(cancel))
                return true;
            if (clock.Elapsed > ReadyWithin)
                throw new TimeoutException($"{name} (process {process.Pid}) took no connections within {ReadyWithin.TotalSeconds} s:\n{LastWords()}");
            await Task.Delay(50, cancel);
        }

        return false;
    }

    private string LastWords()
    {
        lock (_lastLines)
            return string.Join('\n', _lastLines);
    }
}

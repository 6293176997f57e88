using System.Collections.Concurrent;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>Tells the workers of this process that there is work, or that some is no longer wanted.</summary>
public sealed class EvaluationSignal : IDisposable
{
    private readonly SemaphoreSlim _woken = new(0);
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _running = new();

    public void Wake() => _woken.Release();

    /// <summary>Returns when woken, or after <paramref name="atMost"/>.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _woken.WaitAsync(atMost, cancellationToken);

    /// <summary>The worker of another process sees the row when it renews its lease.</summary>
    public void Cancel(string evaluation)
    {
        if (_running.TryGetValue(evaluation, out var run))
            run.Cancel();
    }

    internal void Started(string evaluation, CancellationTokenSource run) => _running[evaluation] = run;

    internal void Ended(string evaluation) => _running.TryRemove(evaluation, out _);

    public void Dispose() => _woken.Dispose();
}

namespace FineTuneAspire.Training.Reconciling;

/// <summary>Wakes the loop of this process. Any number of wake-ups while it works count as one.</summary>
public sealed class ReconcileSignal
{
    private readonly SemaphoreSlim _woken = new(0);
    private int _isSet;

    public void Wake()
    {
        if (Interlocked.Exchange(ref _isSet, 1) == 0)
            _woken.Release();
    }

    /// <summary>Returns when woken, or after <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        if (await _woken.WaitAsync(atMost, cancellationToken))
            Volatile.Write(ref _isSet, 0);
    }
}

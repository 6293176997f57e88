namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>Wakes a loop that finds its work in rows: several wakes before the loop looks are one.</summary>
internal sealed class Signal
{
    private readonly SemaphoreSlim _set = new(0, 1);
    private readonly Lock _gate = new();

    public void Set()
    {
        lock (_gate)
        {
            if (_set.CurrentCount == 0)
                _set.Release();
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _set.WaitAsync(cancellationToken);
}

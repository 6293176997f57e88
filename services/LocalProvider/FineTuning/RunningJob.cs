namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>The job that the one trainer is at, so that a cancel reaches it between two steps instead of waiting for a poll.</summary>
internal sealed class RunningJob
{
    private readonly Lock _gate = new();
    private string? _id;
    private CancellationTokenSource? _stop;

    /// <summary>Marks a job as running until the lease is disposed; its token fires on <see cref="Stop"/> and when the process stops.</summary>
    public Lease Enter(string jobId, CancellationToken stopping)
    {
        lock (_gate)
        {
            if (_id is not null)
                throw new InvalidOperationException($"Job {_id} is still running; one trainer runs one job.");
            _id = jobId;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            return new Lease(this, _stop.Token);
        }
    }

    public void Stop(string jobId)
    {
        lock (_gate)
        {
            if (_id == jobId)
                _stop!.Cancel();
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _stop?.Dispose();
            (_id, _stop) = (null, null);
        }
    }

    public readonly struct Lease(RunningJob owner, CancellationToken token) : IDisposable
    {
        public CancellationToken Token { get; } = token;

        public void Dispose() => owner.Leave();
    }
}

namespace FineTuneAspire.Datasets;

/// <summary>Does the work that rows ask for, one after another, as long as the process runs: at once when woken, and at each poll all the same.</summary>
internal abstract partial class WorkLoop(WorkSignal signal, int parallelism, TimeSpan pollEvery, TimeProvider clock, ILogger logger) : BackgroundService
{
    protected TimeProvider Clock => clock;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, parallelism).Select(_ => Task.Run(() => WorkAsync(stoppingToken), stoppingToken)));

    /// <returns>False when there was nothing to do.</returns>
    internal abstract Task<bool> RunNextAsync(CancellationToken cancellationToken);

    /// <summary>What a worker needs before its first work.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await PrepareAsync();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await RunNextAsync(stoppingToken))
                    await signal.WaitAsync(pollEvery, stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure, GetType().Name);
                await Task.Delay(pollEvery, clock, stoppingToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Loop} failed; it tries again")]
    private partial void LogFailed(Exception exception, string loop);
}

using Microsoft.Extensions.Options;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>The workers: each takes one evaluation after another, woken by a message or by the clock.</summary>
internal sealed partial class EvaluationLoop(EvaluationRunner runner, EvaluationSignal signal, IOptions<EvaluationsOptions> options, ILogger<EvaluationLoop> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Value.Workers).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var worked = false;
            try
            {
                worked = await runner.RunNextAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                // The row stays as it was and is taken up again: by us after the pause, or by another worker once its lease ends.
                LogFailed(logger, failure);
            }

            if (!worked)
                await signal.WaitAsync(options.Value.PollInterval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An evaluation was interrupted; it is taken up again")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}

using System.Data.Common;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Makes the loop look at once instead of at its next poll. Losing a wake costs only that wait.</summary>
public sealed class ValidationSignal
{
    private readonly Channel<bool> channel = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => channel.Writer.TryWrite(true);

    /// <summary>Returns on a wake or after the time-out.</summary>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            await channel.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody woke us: time for the regular look.
        }
    }

    /// <summary>A consumer's row becomes visible only when the inbox commits, after the consumer has returned.</summary>
    internal sealed class OnCommit(ValidationSignal signal) : DbTransactionInterceptor
    {
        public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            if (eventData.Context?.ChangeTracker.Entries<TrainingFileCheck>().Any() == true)
                signal.Wake();
            return Task.CompletedTask;
        }
    }
}

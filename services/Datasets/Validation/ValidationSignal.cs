using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Wakes the <see cref="ValidationLoop"/>.</summary>
public sealed class ValidationSignal : WorkSignal
{
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

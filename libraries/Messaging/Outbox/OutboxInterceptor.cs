using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace FineTuneAspire.Messaging.Outbox;

/// <summary>Wakes the relay once rows are committed: after SaveChanges, or after the commit where the caller holds a transaction.</summary>
internal sealed class OutboxInterceptor(OutboxSignal signal) : DbTransactionInterceptor, ISaveChangesInterceptor
{
    public int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        WakeUnlessInTransaction(eventData.Context);
        return result;
    }

    public ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        WakeUnlessInTransaction(eventData.Context);
        return new(result);
    }

    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Wake(eventData.Context);

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Wake(eventData.Context);
        return Task.CompletedTask;
    }

    private void WakeUnlessInTransaction(DbContext? db)
    {
        if (db?.Database.CurrentTransaction is null)
            Wake(db);
    }

    private void Wake(DbContext? db)
    {
        if (db is null || UnitOfWork.Of(db) is not { HasMessages: true } unit)
            return;
        unit.HasMessages = false;
        signal.Wake();
    }
}

using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Messaging.Outbox;

/// <summary>What the outbox remembers about a context between `Publish` and the commit.</summary>
internal sealed class UnitOfWork
{
    private static readonly ConditionalWeakTable<DbContext, UnitOfWork> Units = [];

    public bool HasMessages { get; set; }
    public Guid? ConversationId { get; set; }
    public Guid? InitiatorId { get; set; }

    public static UnitOfWork Of(DbContext db) => Units.GetOrCreateValue(db);
}

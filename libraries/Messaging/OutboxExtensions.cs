using System.Diagnostics;
using System.Text.Json;
using FineTuneAspire.Messaging.Outbox;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Messaging;

/// <summary>How a service speaks on the bus: a row in the same SaveChanges as the change it announces. Order among messages is not kept.</summary>
public static class OutboxExtensions
{
    private const int LargestBody = 1024 * 1024;

    /// <summary>Adds an event to the unit of work. Whoever listens when it is relayed gets it at least once; each consumer's effect happens once.</summary>
    /// <param name="db">The service's context; nothing is sent unless its SaveChanges (and transaction, where there is one) commits.</param>
    /// <param name="message">A record of Contracts. It goes out as JSON, at most 1 MiB: name rows and files, do not carry them.</param>
    /// <param name="delay">Not before this long after the commit.</param>
    public static void Publish<TMessage>(this DbContext db, TMessage message, TimeSpan? delay = null) where TMessage : class => db.Enqueue(message, delay, needsReceiver: false);

    /// <summary>
    /// As <see cref="Publish"/>, but the row stays until a queue has taken the message: for commands, and for events whose loss would
    /// lose work when the receiver has never run yet or the broker's data was wiped.
    /// </summary>
    /// <inheritdoc cref="Publish" path="/param"/>
    public static void Send<TMessage>(this DbContext db, TMessage message, TimeSpan? delay = null) where TMessage : class => db.Enqueue(message, delay, needsReceiver: true);

    private static void Enqueue<TMessage>(this DbContext db, TMessage message, TimeSpan? delay, bool needsReceiver) where TMessage : class
    {
        ArgumentNullException.ThrowIfNull(message);
        var type = message.GetType();
        var body = JsonSerializer.Serialize(message, type);
        if (body.Length > LargestBody)
            throw new ArgumentException($"{type.Name} is {body.Length:N0} characters of JSON; a message holds at most {LargestBody:N0}. Store the content and send its id.", nameof(message));

        var unit = UnitOfWork.Of(db);
        var activity = Activity.Current;
        db.Add(new OutboxMessage
        {
            Id = NewId.NextSequentialGuid(),
            Type = $"{type.FullName}, {type.Assembly.GetName().Name}",
            Body = body,
            NeedsReceiver = needsReceiver,
            ConversationId = unit.ConversationId,
            InitiatorId = unit.InitiatorId,
            TraceParent = activity?.IdFormat == ActivityIdFormat.W3C ? activity.Id : null,
            TraceState = activity?.TraceStateString,
            Delay = delay ?? TimeSpan.Zero,
        });
        unit.HasMessages = true;
    }
}

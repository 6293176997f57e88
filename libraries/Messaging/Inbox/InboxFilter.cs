using FineTuneAspire.Messaging.Outbox;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Messaging.Inbox;

/// <summary>The context of the service whose consumers run here.</summary>
internal sealed record InboxContext(DbContext Db);

/// <summary>
/// Wraps every consumer: begins a transaction on its scope's DbContext, notes the message, runs the consumer, saves and commits. A message
/// already noted is acknowledged without running. A second copy that arrives while the first is running waits for it on the key.
/// </summary>
internal sealed partial class InboxFilter<TMessage>(InboxContext inbox, ILogger<InboxFilter<TMessage>> logger) : IFilter<ConsumeContext<TMessage>> where TMessage : class
{
    public async Task Send(ConsumeContext<TMessage> context, IPipe<ConsumeContext<TMessage>> next)
    {
        var messageId = context.MessageId ?? throw new InvalidOperationException($"A {typeof(TMessage).Name} without a message id cannot be recognised when it comes again.");
        var consumer = context.ReceiveContext.InputAddress.Segments[^1];
        var db = inbox.Db;
        var cancellationToken = context.CancellationToken;

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var noted = await db.Database.ExecuteSqlAsync(
            $"INSERT INTO inbox_messages (message_id, consumer) VALUES ({messageId}, {consumer}) ON CONFLICT DO NOTHING", cancellationToken);
        if (noted == 0)
        {
            LogDuplicate(typeof(TMessage).Name, messageId, consumer);
            return;
        }

        var unit = UnitOfWork.Of(db);
        (unit.ConversationId, unit.InitiatorId) = (context.ConversationId, messageId);
        try
        {
            await next.Send(context);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        finally
        {
            (unit.ConversationId, unit.InitiatorId) = (null, null);
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("inbox");

    [LoggerMessage(Level = LogLevel.Information, Message = "{Message} {MessageId} has already been consumed by {Consumer}; dropped")]
    private partial void LogDuplicate(string message, Guid messageId, string consumer);
}

using FineTuneAspire.Messaging.Inbox;
using FineTuneAspire.Messaging.Outbox;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Messaging;

public static class MessagingTables
{
    /// <summary>Maps the tables `outbox_messages` and `inbox_messages`; call it in OnModelCreating and add a migration.</summary>
    public static ModelBuilder AddMessagingTables(this ModelBuilder model)
    {
        model.Entity<OutboxMessage>(row =>
        {
            row.ToTable("outbox_messages");
            row.HasKey(message => message.Id).HasName("pk_outbox_messages");
            row.Property(message => message.Id).HasColumnName("id").ValueGeneratedNever();
            row.Property(message => message.Type).HasColumnName("type");
            row.Property(message => message.Body).HasColumnName("body");
            row.Property(message => message.NeedsReceiver).HasColumnName("needs_receiver");
            row.Property(message => message.ConversationId).HasColumnName("conversation_id");
            row.Property(message => message.InitiatorId).HasColumnName("initiator_id");
            row.Property(message => message.TraceParent).HasColumnName("trace_parent");
            row.Property(message => message.TraceState).HasColumnName("trace_state");
            row.Property(message => message.CreatedAt).HasColumnName("created_at").HasDefaultValueSql("now()").ValueGeneratedOnAdd();
            row.Property(message => message.Delay).HasColumnName("delay");
            row.Property(message => message.SentAt).HasColumnName("sent_at");
            row.Property(message => message.Attempts).HasColumnName("attempts");
            row.Property(message => message.LastError).HasColumnName("last_error");
            row.HasIndex(message => message.CreatedAt).HasDatabaseName("ix_outbox_messages_unsent").HasFilter("sent_at IS NULL");
            row.HasIndex(message => message.SentAt).HasDatabaseName("ix_outbox_messages_sent").HasFilter("sent_at IS NOT NULL");
        });
        model.Entity<InboxMessage>(row =>
        {
            row.ToTable("inbox_messages");
            row.HasKey(message => new { message.MessageId, message.Consumer }).HasName("pk_inbox_messages");
            row.Property(message => message.MessageId).HasColumnName("message_id");
            row.Property(message => message.Consumer).HasColumnName("consumer");
            row.Property(message => message.ConsumedAt).HasColumnName("consumed_at").HasDefaultValueSql("now()");
            row.HasIndex(message => message.ConsumedAt).HasDatabaseName("ix_inbox_messages_consumed_at");
        });
        return model;
    }
}

namespace FineTuneAspire.Messaging.Outbox;

/// <summary>A message that was committed together with the change it announces. All times are the database's clock.</summary>
internal sealed class OutboxMessage
{
    /// <summary>Also the message's id on the bus: a copy sent after a crash is recognised by it.</summary>
    public required Guid Id { get; init; }

    /// <summary>`Namespace.Type, Assembly` without a version, so that a row outlives an upgrade.</summary>
    public required string Type { get; init; }

    /// <summary>JSON, kept as text: jsonb would refuse or rewrite some of it.</summary>
    public required string Body { get; init; }

    /// <summary>Kept until a queue has taken it.</summary>
    public bool NeedsReceiver { get; init; }

    public Guid? ConversationId { get; init; }

    /// <summary>The message whose consumer wrote this row.</summary>
    public Guid? InitiatorId { get; init; }

    public string? TraceParent { get; init; }
    public string? TraceState { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Not sent before <see cref="CreatedAt"/> + this; grows when an attempt fails.</summary>
    public TimeSpan Delay { get; init; }

    public DateTimeOffset? SentAt { get; init; }
    public int Attempts { get; init; }
    public string? LastError { get; init; }
}

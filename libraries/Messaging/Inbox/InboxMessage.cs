namespace FineTuneAspire.Messaging.Inbox;

/// <summary>A message whose effect is committed.</summary>
internal sealed class InboxMessage
{
    public required Guid MessageId { get; init; }

    /// <summary>The queue: each consumer has its own.</summary>
    public required string Consumer { get; init; }

    public DateTimeOffset ConsumedAt { get; init; }
}

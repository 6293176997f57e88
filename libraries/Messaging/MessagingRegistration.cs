using MassTransit;

namespace FineTuneAspire.Messaging;

/// <summary>
/// Names the consumers of a service. Each gets a queue `service-consumer` of its own.
///
/// For the author of a consumer: write an ordinary <see cref="IConsumer{TMessage}"/>, take the service's DbContext in the constructor,
/// change rows and announce with `db.Publish`. Every message runs inside one database transaction in which it was first noted as seen: the
/// changes, the announcements and the note commit together after the consumer returns, and a message that comes again is dropped. So
/// do not begin a transaction (SaveChanges is allowed and not needed), do not publish through the ConsumeContext, and leave slow work
/// and calls over the network to a loop that the committed row wakes. An exception rolls all of it back; after five tries the
/// message goes to `queue_error`.
/// </summary>
public sealed class MessagingRegistration
{
    private readonly IBusRegistrationConfigurator _bus;

    internal MessagingRegistration(IBusRegistrationConfigurator bus) => _bus = bus;

    public void AddConsumer<TConsumer>() where TConsumer : class, IConsumer => _bus.AddConsumer<TConsumer>();

    /// <summary>With a definition, where the consumer needs its own concurrency or retry policy.</summary>
    public void AddConsumer<TConsumer, TDefinition>() where TConsumer : class, IConsumer where TDefinition : class, IConsumerDefinition<TConsumer> =>
        _bus.AddConsumer<TConsumer, TDefinition>();
}

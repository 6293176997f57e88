using System.Collections.Concurrent;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.TestKit;
using MassTransit;

namespace FineTuneAspire.Datasets.Tests;

/// <summary>Another service on the bus: keeps what Datasets says and sends it commands.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly ConcurrentQueue<object> heard = [];
    private readonly IBusControl bus;

    private Listener(string address)
    {
        bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            var uri = new Uri(address);
            var user = uri.UserInfo.Split(':');
            rabbit.Host(uri.Host, (ushort)uri.Port, uri.AbsolutePath.TrimStart('/'), host =>
            {
                host.Username(user[0]);
                host.Password(Uri.UnescapeDataString(user[1]));
            });
            rabbit.ReceiveEndpoint($"listener-{Guid.NewGuid():N}", endpoint =>
            {
                endpoint.Handler<DatasetVersionCreated>(Hear);
                endpoint.Handler<DatasetVersionValidated>(Hear);
                endpoint.Handler<DatasetVersionCancelled>(Hear);
                endpoint.Handler<DatasetVersionRejected>(Hear);
                endpoint.Handler<TrainingFileValidated>(Hear);
                endpoint.Handler<TrainingFileRejected>(Hear);
            });
        });
    }

    public static async Task<Listener> StartAsync(string address)
    {
        var listener = new Listener(address);
        await listener.bus.StartAsync(TimeSpan.FromSeconds(30));
        return listener;
    }

    public Task SayAsync<TMessage>(TMessage message) where TMessage : class => bus.Publish(message);

    /// <summary>The one message of the kind, waited for.</summary>
    public async Task<TMessage> OneAsync<TMessage>(Func<TMessage, bool> wanted)
    {
        await Eventually.True(() => heard.OfType<TMessage>().Any(wanted), TimeSpan.FromSeconds(60), $"a {typeof(TMessage).Name} was heard");
        return heard.OfType<TMessage>().Single(wanted);
    }

    public async ValueTask DisposeAsync() => await bus.StopAsync(TimeSpan.FromSeconds(10));

    private Task Hear<TMessage>(ConsumeContext<TMessage> context) where TMessage : class
    {
        heard.Enqueue(context.Message);
        return Task.CompletedTask;
    }
}

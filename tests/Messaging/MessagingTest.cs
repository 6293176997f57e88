using FineTuneAspire.TestKit;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>A database and a virtual host per test.</summary>
public abstract class MessagingTest : IAsyncLifetime
{
    protected TestDatabase Database { get; private set; } = null!;
    protected TestVhost Vhost { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync("ledger");
        Vhost = await TestVhost.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Vhost.DisposeAsync();
        await Database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task<long> UnsentAsync() => Database.ScalarAsync<long>("SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL");

    private protected Task<Ledger> StartAsync(Action<MessagingRegistration>? consumers = null, TimeSpan? pollInterval = null, Tries? tries = null, TimeSpan? endpointPatience = null) =>
        Ledger.StartAsync(Database.ConnectionString, Vhost.ConnectionString, consumers, pollInterval, tries, endpointPatience);
}

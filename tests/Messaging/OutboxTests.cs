using FineTuneAspire.TestKit;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Messaging.Tests;

public sealed class OutboxTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private TestVhost _vhost = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("ledger");
        _vhost = await TestVhost.CreateAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _vhost.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Delivers_what_was_committed_and_takes_effect_once()
    {
        await using var ledger = await Ledger.StartAsync(_database.ConnectionString, _vhost.ConnectionString);
        await ledger.WriteAsync("one");
        await Eventually.True(async () => (await ledger.EffectsAsync()) is ["one"]);
        await Eventually.Equal(0L, () => _database.ScalarAsync<long>("SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL"));
    }
}

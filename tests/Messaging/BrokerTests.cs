using System.Diagnostics;
using FineTuneAspire.TestKit;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>A broker of the test's own, stopped and killed.</summary>
public sealed class BrokerTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private PrivateServer _broker = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync("ledger");
        _broker = await PrivateServer.RabbitMqAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Starts_and_accepts_without_the_broker_and_delivers_when_it_comes_and_again_after_it_was_killed()
    {
        await _broker.StopAsync();
        await using var ledger = await Ledger.StartAsync(_database.ConnectionString, _broker.ConnectionString, endpointPatience: TimeSpan.FromSeconds(1));
        await ledger.WriteAsync("1 before");
        Assert.Equal(HealthStatus.Degraded, (await ledger.BusHealthAsync()).Status);

        await _broker.StartAsync();
        await ledger.EffectsBecome("1 before");
        await Eventually.Equal(HealthStatus.Healthy, async () => (await ledger.BusHealthAsync()).Status, TimeSpan.FromMinutes(1));

        // RabbitMQ 3.10 forgets a quorum queue that is killed in the first second of its life; docs/operations.md says what then helps.
        await Task.Delay(TimeSpan.FromSeconds(2));
        await _broker.KillAsync();
        for (var i = 0; i < 20; i++)
            await ledger.WriteAsync($"2 during {i:00}");
        await _broker.StartAsync();
        await ledger.WriteAsync("3 after");
        await ledger.EffectsBecome(["1 before", .. Enumerable.Range(0, 20).Select(i => $"2 during {i:00}"), "3 after"]);
        // Nothing was tried while it was away, however long.
        Assert.DoesNotContain(ledger.Log, line => line.Contains("could not be sent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Stops_in_time_while_the_broker_is_away()
    {
        var ledger = await Ledger.StartAsync(_database.ConnectionString, _broker.ConnectionString);
        await ledger.WriteAsync("one");
        await ledger.EffectsBecome("one");
        _broker.Freeze();
        await ledger.WriteAsync("two");
        var start = Stopwatch.GetTimestamp();
        await ledger.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 15);
        Assert.Equal(1L, await _database.ScalarAsync<long>("SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL"));
    }
}

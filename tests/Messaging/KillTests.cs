using FineTuneAspire.TestKit;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>kill -9 at the two places where a message could be lost or doubled.</summary>
public sealed class KillTests : MessagingTest
{
    private const int Killed = 128 + 9;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Loses_nothing_when_killed_between_commit_and_publish(int nth)
    {
        Assert.Equal(Killed, await LedgerProcess.StartAsync(Database.ConnectionString, Vhost.ConnectionString, entries: 20, $"outbox-before-publish:{nth}:kill"));
        Assert.InRange(await UnsentAsync(), 1, 20);
        await EveryEntryHasOneEffect();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Takes_effect_once_when_killed_between_publish_and_mark_sent(int nth)
    {
        Assert.Equal(Killed, await LedgerProcess.StartAsync(Database.ConnectionString, Vhost.ConnectionString, entries: 20, $"outbox-after-publish:{nth}:kill"));
        Assert.InRange(await UnsentAsync(), 1, 20);
        var dropped = await EveryEntryHasOneEffect();
        Assert.True(dropped >= 1, "the broker had no second copy: the test did not reach its case");
    }

    /// <summary>Starts the service again and returns how many second copies its inbox dropped.</summary>
    private async Task<int> EveryEntryHasOneEffect()
    {
        var entries = await Database.ScalarAsync<string>("SELECT string_agg(\"Text\", ' ' ORDER BY \"Text\") FROM \"Entries\"");
        await using var ledger = await StartAsync();
        await Eventually.Equal(0L, UnsentAsync);
        await ledger.EffectsBecome(entries.Split(' '));
        // Nothing is on its way any more once the last queue is empty; then the effects are what they will stay.
        await ledger.WriteAsync("last");
        await Eventually.True(async () => (await ledger.EffectsAsync()).Contains("last"));
        Assert.Equal([.. entries.Split(' '), "last"], await ledger.EffectsAsync());
        return ledger.Log.Count(line => line.Contains("has already been consumed"));
    }
}

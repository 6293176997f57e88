using FineTuneAspire.TestKit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FineTuneAspire.Messaging.Tests;

public sealed class OutboxTests : MessagingTest
{
    [Fact]
    public async Task Wakes_the_relay_when_SaveChanges_commits()
    {
        await using var ledger = await StartAsync();
        await ledger.WriteAsync("one");
        await ledger.EffectsBecome("one");
        await Eventually.Equal(0L, UnsentAsync);
    }

    [Fact]
    public async Task Wakes_the_relay_when_the_callers_transaction_commits_and_not_before()
    {
        await using var ledger = await StartAsync(pollInterval: TimeSpan.FromMilliseconds(50));
        await ledger.Do(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Publish(new EntryWritten("early"));
            await db.SaveChangesAsync();
            await ledger.WriteAsync("marker");
            await ledger.EffectsBecome("marker");
            await transaction.CommitAsync();
            return 0;
        });
        await ledger.EffectsBecome("early", "marker");
    }

    [Fact]
    public async Task Wakes_at_once_on_the_commit_of_a_transaction()
    {
        await using var ledger = await StartAsync();
        await ledger.Do(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Publish(new EntryWritten("one"));
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
            return 0;
        });
        await ledger.EffectsBecome("one");
    }

    [Fact]
    public async Task Sends_nothing_of_a_transaction_that_rolled_back()
    {
        await using var ledger = await StartAsync();
        await ledger.Do(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Publish(new EntryWritten("taken back"));
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
            return 0;
        });
        await ledger.WriteAsync("kept");
        await ledger.EffectsBecome("kept");
        Assert.Equal(1L, await Database.ScalarAsync<long>("SELECT count(*) FROM outbox_messages"));
    }

    [Fact]
    public async Task Holds_a_delayed_message_until_it_is_due()
    {
        await using var ledger = await StartAsync(pollInterval: TimeSpan.FromMilliseconds(50));
        await ledger.WriteAsync("later", delay: TimeSpan.FromSeconds(1.5));
        await ledger.WriteAsync("now");
        await ledger.EffectsBecome("now");
        await ledger.EffectsBecome("later", "now");
        Assert.True(await Database.ScalarAsync<bool>("SELECT sent_at - created_at >= interval '1.5 s' FROM outbox_messages WHERE body LIKE '%later%'"));
    }

    [Fact]
    public async Task Relays_rows_that_another_process_committed()
    {
        await using (var ledger = await StartAsync())
            // Only a bus that has started can be stopped: a host that is stopped while it starts leaves a consumer behind in this process.
            await Eventually.Equal(HealthStatus.Healthy, async () => (await ledger.BusHealthAsync()).Status);
        await Database.ExecuteAsync("""
            INSERT INTO outbox_messages (id, type, body, needs_receiver, delay, attempts)
            VALUES (gen_random_uuid(), 'FineTuneAspire.Messaging.Tests.EntryWritten, FineTuneAspire.Messaging.Tests', '{"Text":"left behind"}', false, '0', 0)
            """);
        await using var next = await StartAsync(pollInterval: TimeSpan.FromSeconds(1));
        await next.EffectsBecome("left behind");
    }

    [Fact]
    public async Task Two_relays_share_the_rows_and_send_each_once()
    {
        const int writers = 8, each = 40;
        await using var one = await StartAsync();
        await using var two = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var i = 0; i < each; i++)
                await (i % 2 == 0 ? one : two).WriteAsync($"{writer}-{i:000}");
        }));
        await Eventually.Equal(writers * each, async () => (await one.EffectsAsync()).Count);
        Assert.Equal(writers * each, (await one.EffectsAsync()).Distinct().Count());
        await Eventually.Equal(0L, UnsentAsync);
        Assert.Equal(writers * each, one.Published + two.Published);
        Assert.InRange(one.Published, 1, writers * each - 1);
    }

    [Fact]
    public async Task A_row_that_cannot_be_read_does_not_hold_up_the_others()
    {
        await using var ledger = await StartAsync(pollInterval: TimeSpan.FromMilliseconds(50));
        await Database.ExecuteAsync("""
            INSERT INTO outbox_messages (id, type, body, needs_receiver, delay, attempts) VALUES
            (gen_random_uuid(), 'Gone.Message, Gone', '{}', false, '0', 0),
            (gen_random_uuid(), 'FineTuneAspire.Messaging.Tests.EntryWritten, FineTuneAspire.Messaging.Tests', 'not JSON', false, '0', 0)
            """);
        await ledger.WriteAsync("behind it");
        await ledger.EffectsBecome("behind it");
        await Eventually.Equal(2L, () => Database.ScalarAsync<long>("SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL AND attempts >= 2 AND last_error IS NOT NULL"));
    }

    [Fact]
    public async Task Keeps_a_command_until_its_receivers_queue_exists()
    {
        await using var sender = await StartAsync(pollInterval: TimeSpan.FromMilliseconds(50));
        await sender.Do(db =>
        {
            db.Send(new NobodyListens("command"));
            return db.SaveChangesAsync();
        });
        await Eventually.Equal(1L, () => Database.ScalarAsync<long>("SELECT count(*) FROM outbox_messages WHERE sent_at IS NULL AND attempts > 0"));
        await using var receiver = await StartAsync(bus => bus.AddConsumer<NobodyListensConsumer>(), TimeSpan.FromMilliseconds(50));
        await receiver.EffectsBecome("command");
        await Eventually.Equal(0L, UnsentAsync);
    }

    [Fact]
    public async Task Marks_an_event_that_nobody_listens_to_as_sent()
    {
        await using var ledger = await StartAsync();
        await ledger.Do(db =>
        {
            db.Publish(new NobodyListens("event"));
            return db.SaveChangesAsync();
        });
        await Eventually.Equal(0L, UnsentAsync);
    }

    [Fact]
    public async Task Deletes_sent_rows_after_their_retention_and_never_unsent_ones()
    {
        await using (var ledger = await StartAsync())
            await ledger.Do(_ => Database.ExecuteAsync("SELECT 1"));
        await Database.ExecuteAsync("""
            INSERT INTO outbox_messages (id, type, body, needs_receiver, created_at, delay, attempts, sent_at) VALUES
            (gen_random_uuid(), 'old', '{}', false, now() - interval '9 days', '0', 1, now() - interval '9 days'),
            (gen_random_uuid(), 'fresh', '{}', false, now(), '0', 1, now()),
            (gen_random_uuid(), 'unsent', '{}', false, now() - interval '9 days', '10 days', 1, NULL);
            INSERT INTO inbox_messages (message_id, consumer, consumed_at) VALUES
            (gen_random_uuid(), 'old', now() - interval '9 days'), (gen_random_uuid(), 'fresh', now());
            """);
        await using var next = await StartAsync();
        await Eventually.Equal("fresh", () => Database.ScalarAsync<string>("SELECT string_agg(consumer, ' ' ORDER BY consumer) FROM inbox_messages"));
        Assert.Equal("fresh unsent", await Database.ScalarAsync<string>("SELECT string_agg(type, ' ' ORDER BY type) FROM outbox_messages"));
    }

    [Fact]
    public async Task Refuses_a_message_that_is_freight()
    {
        await using var ledger = await StartAsync();
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => ledger.WriteAsync(new string('x', 2 * 1024 * 1024)));
        Assert.Contains("Store the content and send its id", refused.Message);
    }

    [Fact]
    public async Task A_queue_that_another_process_declared_otherwise_keeps_the_rest_for_its_patience_only()
    {
        await Vhost.DeclareClassicQueueAsync("tests-try-hard");
        await using var ledger = await StartAsync(
            bus => { bus.AddConsumer<TryHardConsumer>(); bus.AddConsumer<CountEntryConsumer>(); }, endpointPatience: TimeSpan.FromSeconds(2));
        await ledger.WriteAsync("one");
        await ledger.EffectsBecome("one");
        Assert.NotEqual(HealthStatus.Healthy, (await ledger.BusHealthAsync()).Status);
    }
}

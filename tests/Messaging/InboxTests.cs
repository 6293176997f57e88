using FineTuneAspire.TestKit;

namespace FineTuneAspire.Messaging.Tests;

public sealed class InboxTests : MessagingTest
{
    [Fact]
    public async Task Drops_a_message_that_comes_again()
    {
        await using var ledger = await StartAsync(pollInterval: TimeSpan.FromMilliseconds(50));
        await ledger.WriteAsync("one");
        await ledger.EffectsBecome("one");
        await Eventually.Equal(0L, UnsentAsync);
        await Database.ExecuteAsync("UPDATE outbox_messages SET sent_at = NULL");
        await Eventually.True(() => ledger.Log.Any(line => line.Contains("has already been consumed")));
        await ledger.EffectsBecome("one");
    }

    [Fact]
    public async Task Every_consumer_of_an_event_gets_it()
    {
        await using var ledger = await StartAsync(bus =>
        {
            bus.AddConsumer<CountEntryConsumer>();
            bus.AddConsumer<AlsoCountEntryConsumer>();
        });
        await ledger.WriteAsync("one");
        await ledger.EffectsBecome("also one", "one");
    }

    [Fact]
    public async Task Takes_back_every_failed_try_and_keeps_the_one_that_succeeds()
    {
        var tries = new Tries();
        await using var ledger = await StartAsync(bus => { bus.AddConsumer<TryHardConsumer>(); bus.AddConsumer<CountEntryConsumer>(); }, tries: tries);
        await ledger.Do(db =>
        {
            db.Send(new TryHard("hard", Failures: 2));
            return db.SaveChangesAsync();
        });
        await ledger.EffectsBecome("hard", "hard announced");
        Assert.Equal(3, tries.Count);
    }

    [Fact]
    public async Task Parks_a_poison_message_after_five_tries_while_others_go_on()
    {
        var tries = new Tries();
        await using var ledger = await StartAsync(bus => { bus.AddConsumer<TryHardConsumer>(); bus.AddConsumer<CountEntryConsumer>(); }, tries: tries);
        await ledger.Do(db =>
        {
            db.Send(new TryHard("poison", Failures: int.MaxValue));
            return db.SaveChangesAsync();
        });
        await Eventually.True(() => tries.Count > 0);
        await ledger.WriteAsync("other");
        await ledger.EffectsBecome("other");
        Assert.Empty(await Vhost.MessagesAsync("tests-try-hard_error"));

        var parked = await Eventually.Value(() => Vhost.MessagesAsync("tests-try-hard_error"), messages => messages.Count == 1, because: "the message is parked");
        Assert.Contains("poison", parked[0].Payload);
        Assert.Equal(5, tries.Count);
        Assert.Equal(["other"], await ledger.EffectsAsync());
    }

    [Fact]
    public async Task A_queue_limits_how_often_a_message_may_kill_its_process()
    {
        await using (var ledger = await StartAsync())
        {
            var queue = await Eventually.Value(() => Vhost.QueueAsync("tests-count-entry"), found => found is not null);
            var arguments = queue!.Value.GetProperty("arguments");
            Assert.Equal("quorum", arguments.GetProperty("x-queue-type").GetString());
            Assert.Equal(5, arguments.GetProperty("x-delivery-limit").GetInt32());
        }

        await Vhost.PutAsync("tests-count-entry", "killer");
        await Eventually.True(async () => (await Vhost.MessagesAsync("tests-count-entry")).Count == 0, because: "the message has left after its deliveries");
        await Eventually.True(async () => (await Vhost.MessagesAsync("tests-count-entry_error")) is [{ Payload: "killer" }]);
    }

    public sealed class AlsoCountEntryConsumer(LedgerDb db) : MassTransit.IConsumer<EntryWritten>
    {
        public Task Consume(MassTransit.ConsumeContext<EntryWritten> context)
        {
            db.Effects.Add(new Effect { Text = $"also {context.Message.Text}" });
            return Task.CompletedTask;
        }
    }
}

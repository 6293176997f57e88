using FineTuneAspire.Messaging;
using FineTuneAspire.TestKit;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>A small service: entries are written with an announcement, and its own consumer counts each announcement once.</summary>
public sealed class LedgerDb(DbContextOptions<LedgerDb> options) : DbContext(options)
{
    public DbSet<Entry> Entries => Set<Entry>();
    public DbSet<Effect> Effects => Set<Effect>();

    protected override void OnModelCreating(ModelBuilder model) => model.AddMessagingTables();
}

public sealed class Entry
{
    public int Id { get; init; }
    public required string Text { get; init; }
}

/// <summary>What a consumer did; not unique on purpose, so that a second run would show.</summary>
public sealed class Effect
{
    public int Id { get; init; }
    public required string Text { get; init; }
    public string? TraceId { get; init; }
}

public sealed record EntryWritten(string Text);

public sealed record EffectDone(string Text);

public sealed record Poison(string Text);

public sealed record Forgotten(string Text);

public sealed class CountEntryConsumer(LedgerDb db) : IConsumer<EntryWritten>
{
    public Task Consume(ConsumeContext<EntryWritten> context)
    {
        db.Effects.Add(new Effect { Text = context.Message.Text, TraceId = System.Diagnostics.Activity.Current?.TraceId.ToString() });
        return Task.CompletedTask;
    }
}

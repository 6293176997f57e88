using System.Diagnostics;
using MassTransit;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>The database of a small service that writes entries, announces them, and counts its own announcements.</summary>
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

/// <summary>What a consumer did. Not unique on purpose: a second run would show.</summary>
public sealed class Effect
{
    public int Id { get; init; }
    public required string Text { get; init; }
    public string? TraceId { get; init; }
}

public sealed record EntryWritten(string Text);

/// <summary>Its consumer writes an effect and an announcement, then throws until it was tried <paramref name="Failures"/> times.</summary>
public sealed record TryHard(string Text, int Failures);

public sealed record NobodyListens(string Text);

public sealed class CountEntryConsumer(LedgerDb db) : IConsumer<EntryWritten>
{
    public Task Consume(ConsumeContext<EntryWritten> context)
    {
        db.Effects.Add(new Effect { Text = context.Message.Text, TraceId = Activity.Current?.TraceId.ToString() });
        return Task.CompletedTask;
    }
}

public sealed class Tries
{
    private int _count;

    public int Count => _count;

    public int Next() => Interlocked.Increment(ref _count);
}

public sealed class TryHardConsumer(LedgerDb db, Tries tries) : IConsumer<TryHard>
{
    public async Task Consume(ConsumeContext<TryHard> context)
    {
        db.Effects.Add(new Effect { Text = context.Message.Text });
        db.Publish(new EntryWritten($"{context.Message.Text} announced"));
        // Saved before the failure: the transaction has to take it back.
        await db.SaveChangesAsync(context.CancellationToken);
        if (tries.Next() <= context.Message.Failures)
            throw new InvalidOperationException("Not yet.");
    }
}

public sealed class NobodyListensConsumer(LedgerDb db) : IConsumer<NobodyListens>
{
    public Task Consume(ConsumeContext<NobodyListens> context)
    {
        db.Effects.Add(new Effect { Text = context.Message.Text });
        return Task.CompletedTask;
    }
}

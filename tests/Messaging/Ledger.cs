using FineTuneAspire.TestKit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>The small service as a host in this process, on a database and a virtual host of its own unless they are given.</summary>
internal sealed class Ledger : IAsyncDisposable
{
    private readonly IHost _host;

    private Ledger(IHost host) => _host = host;

    public IServiceProvider Services => _host.Services;

    public static Ledger Create(string database, string bus, Action<MessagingRegistration>? consumers = null, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ConnectionStrings:bus"] = bus });
        builder.Logging.ClearProviders();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.EntityFrameworkCore", LogLevel.None);
        if (Environment.GetEnvironmentVariable("LEDGER_LOG") is not null)
            builder.Logging.AddConsole();
        builder.Services.AddDbContext<LedgerDb>(options => options.UseNpgsql(database));
        builder.AddMessaging<LedgerDb>("bus", consumers ?? (bus => bus.AddConsumer<CountEntryConsumer>()));
        services?.Invoke(builder.Services);
        return new(builder.Build());
    }

    public static async Task<Ledger> StartAsync(string database, string bus, Action<MessagingRegistration>? consumers = null, Action<IServiceCollection>? services = null)
    {
        var ledger = Create(database, bus, consumers, services);
        await ledger.Do(db => db.Database.EnsureCreatedAsync());
        await ledger._host.StartAsync();
        return ledger;
    }

    /// <summary>Works on a context of its own scope.</summary>
    public async Task<T> Do<T>(Func<LedgerDb, Task<T>> work)
    {
        await using var scope = _host.Services.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<LedgerDb>());
    }

    public Task WriteAsync(string text) => Do(db =>
    {
        db.Entries.Add(new Entry { Text = text });
        db.Publish(new EntryWritten(text));
        return db.SaveChangesAsync();
    });

    public Task<List<string>> EffectsAsync() => Do(db => db.Effects.OrderBy(effect => effect.Text).Select(effect => effect.Text).ToListAsync());

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

using System.Collections.Concurrent;
using FineTuneAspire.TestKit;
using MassTransit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>The small service as a host in this process.</summary>
internal sealed class Ledger : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly Recorder _recorder;

    private Ledger(IHost host, Recorder recorder) => (_host, _recorder) = (host, recorder);

    /// <summary>Messages that this host's relay had confirmed.</summary>
    public int Published => _recorder.Published;

    /// <summary>Log lines of the library and of MassTransit.</summary>
    public IReadOnlyCollection<string> Log => _recorder.Lines;

    /// <param name="pollInterval">A minute, unless given: so that what arrives was woken by its commit.</param>
    public static async Task<Ledger> StartAsync(
        string database, string bus, Action<MessagingRegistration>? consumers = null, TimeSpan? pollInterval = null, Tries? tries = null, TimeSpan? endpointPatience = null)
    {
        var recorder = new Recorder();
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:bus"] = bus,
            ["Messaging:PollInterval"] = (pollInterval ?? TimeSpan.FromMinutes(1)).ToString(),
            ["Messaging:EndpointPatience"] = (endpointPatience ?? TimeSpan.FromSeconds(30)).ToString(),
        });
        builder.Logging.ClearProviders().AddProvider(recorder).AddFilter("Microsoft", LogLevel.None);
        builder.Services.AddDbContext<LedgerDb>(options => options.UseNpgsql(database));
        builder.Services.AddSingleton(tries ?? new Tries());
        builder.AddMessaging<LedgerDb>("bus", consumers ?? (registration => registration.AddConsumer<CountEntryConsumer>()));
        builder.Services.AddPublishObserver(_ => recorder);
        var ledger = new Ledger(builder.Build(), recorder);
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

    public Task WriteAsync(string text, TimeSpan? delay = null) => Do(db =>
    {
        db.Entries.Add(new Entry { Text = text });
        db.Publish(new EntryWritten(text), delay);
        return db.SaveChangesAsync();
    });

    /// <summary>The texts of all effects, in order.</summary>
    public Task<List<string>> EffectsAsync() => Do(db => db.Effects.OrderBy(effect => effect.Text).Select(effect => effect.Text).ToListAsync());

    public async Task EffectsBecome(params string[] texts)
    {
        try
        {
            await Eventually.True(async () => (await EffectsAsync()).SequenceEqual(texts), TimeSpan.FromMinutes(4), $"the effects are [{string.Join(", ", texts)}]");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} They are [{string.Join(", ", await EffectsAsync())}]. Log:\n{string.Join('\n', Log)}", exception);
        }
    }

    public async Task<HealthReportEntry> BusHealthAsync() =>
        (await _host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["bus"];

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }

    private sealed class Recorder : ILoggerProvider, ILogger, IPublishObserver
    {
        private int _published;

        public int Published => _published;
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;
        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception?.Message}");
        }

        public void Dispose() { }

        public Task PrePublish<T>(PublishContext<T> context) where T : class => Task.CompletedTask;
        public Task PublishFault<T>(PublishContext<T> context, Exception exception) where T : class => Task.CompletedTask;

        public Task PostPublish<T>(PublishContext<T> context) where T : class
        {
            Interlocked.Increment(ref _published);
            return Task.CompletedTask;
        }
    }
}

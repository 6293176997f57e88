using System.Diagnostics;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Messaging.Tests;

/// <summary>The small service as a process of its own, so that it can be killed at a named point.</summary>
internal static class LedgerProcess
{
    public const string Verb = "ledger";

    /// <summary>What the process does: writes the entries one by one, each when the one before was counted, and ends.</summary>
    public static async Task<int> RunAsync(string database, string bus, int entries)
    {
        await using var ledger = await Ledger.StartAsync(database, bus);
        for (var i = 0; i < entries; i++)
        {
            await ledger.WriteAsync($"{i:000}");
            await Eventually.True(async () => (await ledger.EffectsAsync()).Count > i);
        }

        return 0;
    }

    /// <summary>Runs it to its end and returns the exit code; 137 is SIGKILL.</summary>
    public static async Task<int> StartAsync(string database, string bus, int entries, string fault)
    {
        var start = new ProcessStartInfo(Path.ChangeExtension(typeof(LedgerProcess).Assembly.Location, null), [Verb, database, bus, entries.ToString()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["FTA_FAULT"] = fault;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(180));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"The process did not end: {await output} {await errors}");
        }

        return process.ExitCode;
    }
}

using System.Collections.Concurrent;

namespace FineTuneAspire.Datasets.Collecting.Web;

/// <summary>Gives each host its pauses, across all imports of this process.</summary>
internal sealed class HostPace(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> next = new(StringComparer.Ordinal);

    /// <summary>Returns when the host may be asked, at least <paramref name="delay"/> after whoever was before.</summary>
    public async Task WaitAsync(Uri address, TimeSpan delay, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // The turn taken is the value stored less its delay: callers that come together line up.
        var after = next.AddOrUpdate(address.Authority, _ => now + delay, (_, turn) => (turn > now ? turn : now) + delay);
        var wait = after - delay - now;
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, clock, cancellationToken);
    }
}

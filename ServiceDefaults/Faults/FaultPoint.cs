using System.Collections.Concurrent;
using System.Diagnostics;

namespace FineTuneAspire.ServiceDefaults.Faults;

/// <summary>
/// Named places at which a test kills this process: FTA_FAULT=`point:nth:kill` kills it with SIGKILL on the nth visit (1 is the first).
/// Without the variable a visit costs one comparison.
/// </summary>
public static class FaultPoint
{
    private static readonly string[]? Fault = Environment.GetEnvironmentVariable("FTA_FAULT")?.Split(':');
    private static readonly ConcurrentDictionary<string, int> Visits = new();

    public static void Reach(string point)
    {
        if (Fault is not [var name, var nth, "kill"] || name != point)
            return;
        if (Visits.AddOrUpdate(point, 1, (_, visits) => visits + 1) == int.Parse(nth, System.Globalization.CultureInfo.InvariantCulture))
            Process.GetCurrentProcess().Kill();
    }
}

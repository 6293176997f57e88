using System.Globalization;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>A process that cannot be taken for another one that later got the same number.</summary>
/// <param name="StartTicks">Clock ticks since boot at its start, field 22 of /proc/PID/stat.</param>
/// <param name="Boot">The boot in which the ticks count.</param>
internal sealed record ProcessIdentity(int Pid, long StartTicks, string Boot)
{
    private static readonly string ThisBoot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The process that has this number now; null when there is none (a zombie counts as none).</summary>
    public static ProcessIdentity? Of(int pid) => ReadStat(pid) is { } stat ? new ProcessIdentity(pid, stat.StartTicks, ThisBoot) : null;

    public bool IsAlive => Boot == ThisBoot && ReadStat(Pid)?.StartTicks == StartTicks;

    /// <summary>
    /// The living processes of the session that this process led, itself included. The kernel gives no number to a new process while a session
    /// bears it, so members found under a dead leader are still the leader's own.
    /// </summary>
    public IReadOnlyList<int> LivingSession()
    {
        if (Boot != ThisBoot || (ReadStat(Pid) is { } leader && leader.StartTicks != StartTicks))
            return [];
        return [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 1 && ReadStat(pid) is { } stat && stat.Session == Pid && stat.StartTicks >= StartTicks)];
    }

    private static (int Session, long StartTicks)? ReadStat(int pid)
    {
        string text;
        try { text = File.ReadAllText($"/proc/{pid}/stat"); }
        catch (IOException) { return null; } // It ended between the listing and the reading.

        // The name in parentheses may hold spaces and parentheses; the fixed fields start after the last one, at field 3 (state).
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : (int.Parse(fields[3], CultureInfo.InvariantCulture), long.Parse(fields[19], CultureInfo.InvariantCulture));
    }
}

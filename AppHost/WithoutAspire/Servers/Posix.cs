using System.ComponentModel;
using System.Runtime.InteropServices;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>The few calls of libc that .NET has no name for.</summary>
internal static class Posix
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    private const int NoSuchProcess = 3;

    public static bool IsRoot => geteuid() == 0;

    /// <summary>Sends a signal to one process; false when it no longer exists.</summary>
    public static bool Signal(int pid, int signal) => Send(pid, signal);

    /// <summary>Sends a signal to every process of a group; false when the group is empty.</summary>
    public static bool SignalGroup(int group, int signal)
    {
        // kill(-1) and kill(0) would reach processes that are not ours.
        ArgumentOutOfRangeException.ThrowIfLessThan(group, 2);
        return Send(-group, signal);
    }

    public static void ChangeOwner(string path, uint user, uint group)
    {
        if (chown(path, user, group) != 0)
            throw new IOException($"Cannot give {path} to user {user}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");
    }

    /// <summary>What we and our children create from now on is closed to everybody else, unless they say otherwise.</summary>
    public static void KeepNewFilesPrivate() => _ = umask(0b111_111);

    private static bool Send(int target, int signal)
    {
        if (kill(target, signal) == 0)
            return true;
        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchProcess ? false : throw new Win32Exception(error);
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern uint geteuid();

    [DllImport("libc")]
    private static extern uint umask(uint mask);

    [DllImport("libc", SetLastError = true)]
    private static extern int chown([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint user, uint group);
}

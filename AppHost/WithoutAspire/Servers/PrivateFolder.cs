#pragma warning disable CA1416 // File modes do not exist on Windows; nothing here runs there, the servers being Linux programs.
using System.Security.Cryptography;
using System.Text;

namespace FineTuneAspire.AppHost.WithoutAspire.Servers;

/// <summary>Folders and files that only their owner can read.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// The data folder itself, 0700. Run as root it is 0711: PostgreSQL then runs as another user who must be able to pass through, and everything in
    /// the folder is closed by itself.
    /// </summary>
    public static string OpenRoot(string path) => Posix.IsRoot ? OpenPassage(path) : Open(path);

    /// <summary>A folder that anyone may pass through but not list, 0711.</summary>
    public static string OpenPassage(string path)
    {
        const UnixFileMode Passage = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(path, Passage);
        File.SetUnixFileMode(path, Passage);
        return path;
    }

    /// <summary>A folder with mode 0700, owned by the account when one is given.</summary>
    public static string Open(string path, UnixAccount? owner = null)
    {
        Directory.CreateDirectory(path, OwnerOnly);
        File.SetUnixFileMode(path, OwnerOnly);
        if (owner is not null)
            Posix.ChangeOwner(path, owner.User, owner.Group);
        return path;
    }

    /// <summary>True when every folder above the path lets any user pass through, so that a server under another account can reach its data.</summary>
    public static bool AnyoneCanReach(string path)
    {
        for (var folder = Path.GetDirectoryName(Path.GetFullPath(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (Directory.Exists(folder) && !File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute))
                return false;
        }

        return true;
    }

    /// <summary>Writes the whole file or nothing, mode 0600 (or narrower) from the first byte.</summary>
    public static void Write(string path, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode }))
            file.Write(Encoding.UTF8.GetBytes(text));
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>A random password of letters and digits, so that it needs no escaping in any connection string.</summary>
    public static string NewPassword() =>
        RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 32);

    /// <summary>The secret kept in the file, made at first use.</summary>
    public static string ReadOrCreateSecret(string path, Func<string> create)
    {
        if (!File.Exists(path))
            Write(path, create());
        return File.ReadAllText(path);
    }
}

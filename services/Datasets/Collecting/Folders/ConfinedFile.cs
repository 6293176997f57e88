using System.Runtime.InteropServices;

namespace FineTuneAspire.Datasets.Collecting.Folders;

/// <summary>Opens files that lie in a folder and nowhere else: no `..`, no absolute path, no link on the way, and on Linux the opened file's own place is looked at.</summary>
internal static partial class ConfinedFile
{
    private const int LongestPath = 4096;

    /// <returns>The path in the folder's own terms, or null when it cannot be one that lies in it.</returns>
    public static string? Resolve(string folder, string relative)
    {
        var segments = relative.Split('/');
        if (relative.Length > LongestPath / 2 || relative.Contains('\0') || Array.Exists(segments, segment => segment is "" or "." or ".." || segment.Contains('\\') || segment.Contains(':')))
            return null;
        return Path.Combine([folder, .. segments]);
    }

    /// <returns>Null when there is no such file, it is no plain file with content, or a link leads to it.</returns>
    public static FileStream? Open(string folder, string relative)
    {
        if (Resolve(folder, relative) is not { } path || Find(folder, relative) is null)
            return null;
        FileStream stream;
        try
        {
            stream = new FileStream(path, new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        if (LiesIn(folder, stream))
            return stream;
        stream.Dispose();
        return null;
    }

    /// <summary>Size and time of change; the length of pipes and devices is 0, so they are none.</summary>
    public static FileInfo? Find(string folder, string relative)
    {
        if (Resolve(folder, relative) is null)
            return null;
        var path = folder;
        foreach (var segment in relative.Split('/'))
        {
            path = Path.Combine(path, segment);
            if (new FileInfo(path).LinkTarget is not null)
                return null;
        }

        var file = new FileInfo(path);
        return file is { Exists: true, Length: > 0 } ? file : null;
    }

    /// <summary>What was opened may not be what was looked at before: a folder on the way can have become a link in between.</summary>
    internal static bool LiesIn(string folder, FileStream opened)
    {
        if (!OperatingSystem.IsLinux())
            return true;
        var root = RealPath(folder);
        var place = File.ResolveLinkTarget($"/proc/self/fd/{opened.SafeFileHandle.DangerousGetHandle()}", returnFinalTarget: false)?.FullName;
        return place is not null && place.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal);
    }

    private static unsafe string RealPath(string path)
    {
        var buffer = stackalloc byte[LongestPath + 1];
        return RealPath(path, buffer) is not 0
            ? Marshal.PtrToStringUTF8((nint)buffer)!
            : throw new IOException($"Cannot find the folder {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint RealPath(string path, byte* resolved);
}

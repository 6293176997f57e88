using System.Security.Cryptography;
using FineTuneAspire.Datasets.Rows;
using Microsoft.Extensions.Options;
using Microsoft.Win32.SafeHandles;

namespace FineTuneAspire.Datasets.Files;

/// <summary>
/// The bytes on disk: `objects/ab/abcdef…` named by SHA-256, and `incoming/` for what is still being received.
/// It knows no rows; whoever keeps or removes content holds that content's lock (see <see cref="Persistence.ContentLock"/>).
/// </summary>
public sealed class FileStorage
{
    private readonly string objects;
    private readonly string incoming;

    public FileStorage(IOptions<StorageOptions> options)
    {
        objects = Path.Combine(Path.GetFullPath(options.Value.Path), "objects");
        incoming = Path.Combine(Path.GetFullPath(options.Value.Path), "incoming");
        foreach (var folder in new[] { objects, incoming })
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>The folder of temporary files; what dead processes leave there is removed.</summary>
    internal string Incoming => incoming;

    /// <summary>An empty temporary file; disposing it without <see cref="Keep"/> removes it.</summary>
    public IncomingFile Receive() => new(Path.Combine(incoming, Path.GetRandomFileName() + ".part"));

    /// <summary>
    /// Moves a sealed temporary file to its place, durably. Where the same bytes lie already they are replaced by themselves: readers keep
    /// the old inode, and a copy damaged on disk is mended.
    /// </summary>
    public void Keep(IncomingFile file)
    {
        var path = PathOf(file.Content.Sha256);
        var shard = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(shard))
        {
            Directory.CreateDirectory(shard);
            DirectorySync.Flush(objects);
        }

        file.MoveTo(path);
        // A rename is durable only when the directory that holds the new name is.
        DirectorySync.Flush(shard);
    }

    /// <exception cref="FileNotFoundException">No such content.</exception>
    public FileStream OpenRead(string sha256)
    {
        try
        {
            return new FileStream(PathOf(sha256), new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (DirectoryNotFoundException missing)
        {
            throw new FileNotFoundException($"There is no content {sha256}.", missing);
        }
    }

    /// <inheritdoc cref="OpenRead"/>
    internal RowManifest OpenManifest(string sha256) => new(File.OpenHandle(PathOf(sha256), options: FileOptions.RandomAccess));

    public void Remove(string sha256) => File.Delete(PathOf(sha256));

    public IEnumerable<string> AllContents() =>
        Directory.EnumerateFiles(objects, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path));

    /// <summary>Removes temporary files of dead processes. A living upload holds its file locked, in whatever process it runs.</summary>
    public int RemoveDeadIncoming()
    {
        var removed = 0;
        foreach (var path in Directory.EnumerateFiles(incoming))
        {
            try
            {
                using var unlocked = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(path);
                removed++;
            }
            catch (IOException)
            {
                // Locked: its upload is alive. Gone: it ended in between.
            }
        }

        return removed;
    }

    private string PathOf(string sha256) => Path.Combine(objects, sha256[..2], sha256);
}

/// <summary>Bytes being received: written to a temporary file and hashed on the way.</summary>
public sealed class IncomingFile : IAsyncDisposable
{
    private readonly string path;
    private readonly FileStream stream;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ContentHash? content;
    private bool moved;

    internal IncomingFile(string path)
    {
        this.path = path;
        stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            // None is a lock (flock) that lasts as long as the handle: it tells the sweep that this upload is alive.
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        });
    }

    public long Length { get; private set; }

    /// <summary>What was written, to be read again before it is kept or dropped.</summary>
    internal Stream Bytes => stream;

    /// <summary>Hash and length; only after <see cref="SealAsync"/>.</summary>
    public ContentHash Content => content ?? throw new InvalidOperationException("The file is still being received.");

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        hash.AppendData(bytes.Span);
        await stream.WriteAsync(bytes, cancellationToken);
        Length += bytes.Length;
    }

    /// <summary>Brings the bytes to the disk and fixes their hash.</summary>
    public async Task SealAsync(CancellationToken cancellationToken)
    {
        // fsync blocks for as long as the disk takes; not on a request thread.
        await Task.Run(() => stream.Flush(flushToDisk: true), cancellationToken);
        content = new ContentHash(Convert.ToHexStringLower(hash.GetHashAndReset()), Length);
    }

    internal void MoveTo(string destination)
    {
        File.Move(path, destination, overwrite: true);
        moved = true;
    }

    public async ValueTask DisposeAsync()
    {
        hash.Dispose();
        if (!moved)
            File.Delete(path);
        await stream.DisposeAsync();
    }
}

/// <summary>fsync of a directory, which .NET does not offer: without it a rename may be lost with the power.</summary>
internal static partial class DirectorySync
{
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var handle = Open(directory, flags: 0);
        if (handle.IsInvalid || FSync(handle) != 0)
            throw new IOException($"Cannot flush the directory {directory}: {System.Runtime.InteropServices.Marshal.GetLastPInvokeErrorMessage()}");
    }

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = System.Runtime.InteropServices.StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [System.Runtime.InteropServices.LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle handle);
}

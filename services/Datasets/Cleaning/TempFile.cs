using Microsoft.Win32.SafeHandles;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>A file that grows at its end and has no name: where the system allows it, it is removed when opened and so does not even outlive a killed process.</summary>
internal sealed class TempFile : IDisposable
{
    private readonly SafeFileHandle handle;

    public TempFile(string folder)
    {
        var path = Path.Combine(folder, $"rows-{Guid.NewGuid():n}.tmp");
        handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete,
            OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None);
        try
        {
            if (!OperatingSystem.IsWindows()) File.Delete(path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(handle, bytes, Length);
        Length += bytes.Length;
    }

    public void Read(Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0) throw new EndOfStreamException($"A temporary file ends before byte {offset}.");
            destination = destination[read..];
            offset += read;
        }
    }

    public void Dispose() => handle.Dispose();
}

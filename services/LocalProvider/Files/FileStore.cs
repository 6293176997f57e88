using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Files;

/// <summary>Bytes on disk, rows beside them: the bytes are complete and synced before the row exists, so a row always has its bytes.</summary>
public sealed class FileStore(DataFolder folder, IDbContextFactory<ProviderDbContext> contexts, TimeProvider clock)
{
    public string PathOf(string fileId) => Path.Combine(folder.Files, fileId);

    /// <summary>A new file to write to. It becomes visible with <see cref="CommitAsync"/> and disappears when disposed without.</summary>
    public UnfinishedFile Create()
    {
        var id = PrefixedId.New("file-", clock);
        return new UnfinishedFile(id, PathOf(id) + ".part");
    }

    public async Task<StoredFile> CommitAsync(UnfinishedFile unfinished, string filename, string purpose, CancellationToken cancellationToken)
    {
        var bytes = await unfinished.SealAsync(PathOf(unfinished.Id), cancellationToken);
        var file = new StoredFile { Id = unfinished.Id, Filename = filename, Purpose = purpose, Bytes = bytes, CreatedAt = clock.GetUtcNow().ToUnixTimeSeconds() };
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        db.Files.Add(file);
        await db.SaveChangesAsync(cancellationToken);
        return file;
    }
}

/// <summary>A file being written under a name that no row has.</summary>
public sealed class UnfinishedFile(string id, string part) : IAsyncDisposable
{
    private readonly FileStream _stream = new(part, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);

    public string Id { get; } = id;
    public Stream Stream => _stream;

    /// <summary>Syncs the bytes to disk, gives them their final name and returns how many they are.</summary>
    internal async Task<long> SealAsync(string path, CancellationToken cancellationToken)
    {
        await _stream.FlushAsync(cancellationToken);
        _stream.Flush(flushToDisk: true);
        var bytes = _stream.Length;
        await _stream.DisposeAsync();
        File.Move(part, path);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        File.Delete(part);
    }
}

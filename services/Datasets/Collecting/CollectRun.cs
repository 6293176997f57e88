using System.Buffers;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.Faults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>One try of an import: the files it has received, in temporary files that go when it is disposed without their being kept, and its progress.</summary>
internal sealed class CollectRun(Import import, FileStorage storage, CollectingOptions options, IServiceScopeFactory scopes, TimeProvider clock) : IAsyncDisposable
{
    private const int BufferBytes = 128 * 1024;
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);
    private readonly List<(IncomingFile Bytes, string Filename)> files = [];
    private long reportedAt = clock.GetTimestamp();

    public string Id => import.Id;
    public string Project => import.Project;
    public ImportSource Source { get; } = import.Source;
    public Progress Progress { get; } = new();
    public IReadOnlyList<(IncomingFile Bytes, string Filename)> Files => files;

    /// <param name="ownName">The source's own name for it; the request's goes first where one file is wanted.</param>
    public IncomingFile NewFile(string ownName)
    {
        var file = storage.Receive();
        files.Add((file, import.Filename is { } wished && files.Count == 0 ? wished : FileName.Safe(ownName)));
        return file;
    }

    /// <summary>Takes a source whole as a file of the run, or nothing of it.</summary>
    /// <exception cref="ImportException">It is too large, or an archive.</exception>
    public async Task TakeAsync(Stream source, string ownName, CancellationToken cancellationToken)
    {
        var file = NewFile(ownName);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            FaultPoint.Reach("import-begin");
            int read;
            // The first read alone is filled, so that an archive is known by its first bytes however they trickle in.
            while ((read = file.Length == 0 ? await source.ReadAtLeastAsync(buffer, Archives.HeadBytes, throwOnEndOfStream: false, cancellationToken) : await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                if (file.Length == 0 && Archives.NameOf(buffer.AsSpan(0, read)) is { } archive)
                    throw new ImportException("archive", $"The file is {archive}. Name the address of the file itself, unpacked.");
                if (Progress.Bytes + read > options.MaxFileBytes)
                    throw TooLarge();
                var hadMiB = file.Length >= 1 << 20;
                await file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                if (!hadMiB && file.Length >= 1 << 20)
                    FaultPoint.Reach("import-1mib");
                await AdvanceAsync(read, cancellationToken);
            }

            if (file.Length == 0)
                throw new ImportException("empty", "The file is empty.");
            FaultPoint.Reach("import-last-byte");
        }
        catch
        {
            await DropLastAsync();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Gives up the file taken last.</summary>
    public async Task DropLastAsync()
    {
        var (file, _) = files[^1];
        files.RemoveAt(files.Count - 1);
        Progress.Bytes -= file.Length;
        await file.DisposeAsync();
    }

    public ImportException TooLarge() => new("too_large", FormattableString.Invariant($"The import is larger than the limit of {options.MaxFileBytes:N0} bytes (Collecting:MaxFileBytes)."));

    /// <summary>Counts bytes and, once a second, shows the progress in the row.</summary>
    /// <exception cref="ImportEndedException">The import was cancelled.</exception>
    public async Task AdvanceAsync(long bytes, CancellationToken cancellationToken)
    {
        Progress.Bytes += bytes;
        if (clock.GetElapsedTime(reportedAt) < ReportEvery)
            return;
        reportedAt = clock.GetTimestamp();
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        var running = await db.Imports.Where(row => row.Id == import.Id && row.Status == Import.Running).ExecuteUpdateAsync(
            row => row.SetProperty(one => one.Bytes, Progress.Bytes).SetProperty(one => one.Pages, Progress.Pages).SetProperty(one => one.SkippedJson, Progress.SkippedJson),
            cancellationToken);
        if (running == 0)
            throw new ImportEndedException();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (bytes, _) in files)
            await bytes.DisposeAsync();
    }
}

/// <summary>The import has ended while it was run: somebody cancelled it. There is nothing more to do.</summary>
internal sealed class ImportEndedException : Exception;

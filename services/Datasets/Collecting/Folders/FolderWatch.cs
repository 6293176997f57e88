using System.Security.Cryptography;
using System.Text;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FineTuneAspire.Datasets.Collecting.Folders;

/// <summary>Makes an import of each file that appears in a watched folder, once for each of its contents. The files are left where they are.</summary>
internal sealed partial class FolderWatch(
    IServiceScopeFactory scopes, ImportSignal signal, IOptions<CollectingOptions> options, TimeProvider clock, ILogger<FolderWatch> logger) : BackgroundService
{
    private static readonly EnumerationOptions PlainFiles = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden | FileAttributes.System,
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watched = options.Value.Folders.Where(folder => folder.Value.Watch).ToList();
        if (watched.Count == 0)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var (name, folder) in watched)
            {
                try
                {
                    await LookAsync(name, folder, stoppingToken);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(name, failure);
                }
            }

            await Task.Delay(options.Value.PollEvery, clock, stoppingToken);
        }
    }

    private async Task LookAsync(string name, FolderOptions folder, CancellationToken cancellationToken)
    {
        foreach (var batch in Directory.EnumerateFiles(folder.Path, "*", PlainFiles).Chunk(1_000))
        {
            var found = new Dictionary<string, string>();
            foreach (var file in batch)
            {
                var path = Path.GetRelativePath(folder.Path, file).Replace(Path.DirectorySeparatorChar, '/');
                if (Stamp.Of(folder, path) is { } stamp && stamp.IsStable(folder, clock))
                    found[KeyOf(name, path, stamp)] = path;
            }

            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
            var known = await db.Imports.Where(import => found.Keys.Contains(import.WatchKey!)).Select(import => import.WatchKey!).ToListAsync(cancellationToken);
            foreach (var (key, path) in found.ExceptBy(known, entry => entry.Key))
                await AddAsync(Import.Create(folder.Project, new ImportSource { Type = "folder", Folder = name, Path = path }, FilePurpose.FineTune, filename: null, clock, key), cancellationToken);
        }
    }

    private async Task AddAsync(Import import, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DatasetsDbContext>();
        db.Imports.Add(import);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException taken) when (taken.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // Another process that watches the same folder was faster.
            return;
        }

        LogFound(import.Id);
        signal.Wake();
    }

    private static string KeyOf(string folder, string path, Stamp stamp) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{folder}\n{path}\n{stamp.Length}\n{stamp.ChangedAt.UtcTicks}")));

    [LoggerMessage(Level = LogLevel.Information, Message = "A new file in a watched folder becomes {Import}")]
    private partial void LogFound(string import);

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking into the watched folder {Folder} failed; it is tried again")]
    private partial void LogFailed(string folder, Exception exception);
}

using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting.Folders;

/// <summary>`folder`: one file of a folder that the operator has configured. A file that is still being written is waited for.</summary>
internal sealed class FolderCollector(IOptions<CollectingOptions> options, TimeProvider clock) : ICollector
{
    private const int Tries = 5;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    public string Type => "folder";
    public IReadOnlyList<string> Fields => ["folder", "path"];

    public ApiError? Refuse(ImportSource source, string project)
    {
        if (source.Folder is null || source.Path is null)
            return ApiError.BadRequest("A source of the type 'folder' needs 'source.folder' and 'source.path'.", "source", "missing_required_parameter");
        // Another project's folder looks as if there were none.
        if (!options.Value.Folders.TryGetValue(source.Folder, out var folder) || folder.Project != project)
            return ApiError.BadRequest($"There is no folder '{FileName.Safe(source.Folder)}' for this project. An operator can name one in the setting Collecting:Folders.", "source.folder", "folder_not_allowed");
        return ConfinedFile.Resolve(folder.Path, source.Path) is null
            ? ApiError.BadRequest("'source.path' must be the path of a file in the folder, with '/' between folders and without '.' and '..'.", "source.path")
            : null;
    }

    public async Task CollectAsync(CollectRun run, CancellationToken cancellationToken)
    {
        var (folder, path) = (options.Value.Folders[run.Source.Folder!], run.Source.Path!);
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            var before = await WaitUntilStableAsync(folder, path, run, cancellationToken);
            await using var bytes = ConfinedFile.Open(folder.Path, path) ?? throw NoFile();
            try
            {
                await run.TakeAsync(bytes, path[(path.LastIndexOf('/') + 1)..], cancellationToken);
            }
            catch (ImportException) when (Stamp.Of(folder, path) != before)
            {
                continue;
            }

            if (Stamp.Of(folder, path) == before)
                return;
            await run.DropLastAsync();
        }

        throw new ImportException("still_changing", "The file kept changing while it was read. Write it under another name and rename it when it is complete.");
    }

    private async Task<Stamp> WaitUntilStableAsync(FolderOptions folder, string path, CollectRun run, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stamp = Stamp.Of(folder, path) ?? throw NoFile();
            if (stamp.IsStable(folder, clock))
                return stamp;
            await Task.Delay(LookEvery, clock, cancellationToken);
            await run.AdvanceAsync(0, cancellationToken);
        }
    }

    private static ImportException NoFile() => new("no_file", "The folder has no such file, or it is empty, or a link leads to it: links are not followed.");
}

/// <summary>What shows that a file has changed.</summary>
internal sealed record Stamp(long Length, DateTimeOffset ChangedAt)
{
    public static Stamp? Of(FolderOptions folder, string path) =>
        ConfinedFile.Find(folder.Path, path) is { } file ? new Stamp(file.Length, new DateTimeOffset(file.LastWriteTimeUtc)) : null;

    public bool IsStable(FolderOptions folder, TimeProvider clock) => clock.GetUtcNow() - ChangedAt >= folder.StableFor;
}

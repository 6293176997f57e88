using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Persistence;

/// <summary>
/// At start, before any request: bytes without a row are what a killed process left between the two. They are written before their
/// row and deleted after it, so a row always has its bytes and only the other direction needs sweeping.
/// </summary>
internal sealed partial class OrphanSweep(DataFolder data, IDbContextFactory<ProviderDbContext> contexts, ILogger<OrphanSweep> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var files = await db.Files.Select(file => file.Id).ToHashSetAsync(cancellationToken);
        var models = await db.TunedModels.Select(model => model.Folder).ToHashSetAsync(cancellationToken);
        var swept = 0;
        foreach (var file in Directory.GetFiles(data.Files).Where(path => !files.Contains(Path.GetFileName(path))))
        {
            File.Delete(file);
            swept++;
        }

        foreach (var job in Directory.GetDirectories(data.Tuned))
        {
            foreach (var model in Directory.GetDirectories(job).Where(path => !models.Contains(Path.GetRelativePath(data.Tuned, path))))
            {
                Directory.Delete(model, recursive: true);
                swept++;
            }

            if (!Directory.EnumerateFileSystemEntries(job).Any())
                Directory.Delete(job);
        }

        if (swept > 0)
            LogSwept(swept, data.Root);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} files and models in {Folder} that an earlier process had not finished")]
    private partial void LogSwept(int count, string folder);
}

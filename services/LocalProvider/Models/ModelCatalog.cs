using FineTuneAspire.LocalProvider.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Models;

/// <param name="Id">The name to chat with and to train from.</param>
/// <param name="Folder">Where config.json, the tokenizer and the weights lie.</param>
/// <param name="BaseModel">The base at the root; its own id for a base model.</param>
public sealed record KnownModel(string Id, string Folder, string BaseModel, bool IsTuned, long CreatedAt);

/// <summary>
/// Every model of this process. Base models are folders with a config.json: those shipped beside the executable in `Models`, and
/// those that the user put into `models` of the data folder, which win over shipped ones of the same name. Tuned ones are rows.
/// </summary>
public sealed class ModelCatalog(DataFolder data, IDbContextFactory<ProviderDbContext> contexts)
{
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "Models");

    /// <summary>Base models and finished tuned models; checkpoints are found by name and through their job.</summary>
    public async Task<IReadOnlyList<KnownModel>> ListAsync(CancellationToken cancellationToken)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        var tuned = await db.TunedModels.AsNoTracking().Where(model => !model.IsCheckpoint).OrderBy(model => model.Seq).ToListAsync(cancellationToken);
        return [.. Bases(), .. tuned.Select(Known)];
    }

    /// <summary>A base model, tuned model or checkpoint; null when there is none of that name.</summary>
    public async Task<KnownModel?> FindAsync(string id, CancellationToken cancellationToken)
    {
        // Compared with what is there instead of joined to a path, so that no id can leave the folders.
        if (Bases().FirstOrDefault(model => model.Id == id) is { } found)
            return found;
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await db.TunedModels.AsNoTracking().SingleOrDefaultAsync(model => model.Id == id, cancellationToken) is { } tuned ? Known(tuned) : null;
    }

    private KnownModel Known(TunedModel model) => new(model.Id, Path.Combine(data.Tuned, model.Folder), model.BaseModel, IsTuned: true, model.CreatedAt);

    private IEnumerable<KnownModel> Bases() =>
        new[] { data.BroughtModels, Shipped }.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories)
            .Where(folder => File.Exists(Path.Combine(folder, "config.json")))
            .Select(folder => new KnownModel(Path.GetFileName(folder), folder, Path.GetFileName(folder), IsTuned: false, ModifiedAt(folder)))
            .DistinctBy(model => model.Id).OrderBy(model => model.Id, StringComparer.Ordinal);

    private static long ModifiedAt(string folder) => new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(folder, "config.json"))).ToUnixTimeSeconds();
}

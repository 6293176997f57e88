using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Cleaning.Steps;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Validation;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>The data that a recipe mixes in against forgetting.</summary>
internal sealed class Rehearsal(DatasetsDbContext db, FileStorage storage, TrainingFileValidator validator, TimeProvider clock)
{
    /// <summary>Opens it, and reads it to its end first where no version vouches for it.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public async Task<string?> CheckAsync(RehearsalSource source, string project, TrainingMethod method, CancellationToken cancellationToken)
    {
        var (file, missing) = await db.FindRehearsalAsync(source, project, clock, cancellationToken);
        if (file is null)
            return missing;
        if (source.File is null)
            return await CheckMethodAsync(source, method, cancellationToken);
        await using var bytes = storage.OpenRead(file.Sha256);
        var validation = await validator.ValidateAsync(bytes, FileRole.Validation, method, cancellationToken: cancellationToken);
        return validation.IsValid ? null : $"The file {source.File} cannot be rehearsed. {validation.ToError(FileRole.Validation).Message}";
    }

    private async Task<string?> CheckMethodAsync(RehearsalSource source, TrainingMethod method, CancellationToken cancellationToken)
    {
        var other = await db.Versions.Where(row => row.DatasetId == source.Dataset && row.Number == source.Version).Select(row => row.Method).SingleAsync(cancellationToken);
        return other == method.Name() ? null : $"Version {source.Version} of {source.Dataset} is for the method '{other}', not '{method.Name()}'.";
    }

    public async Task<Stream> OpenAsync(RehearsalSource source, string project, CancellationToken cancellationToken)
    {
        var (file, missing) = await db.FindRehearsalAsync(source, project, clock, cancellationToken);
        return storage.OpenRead(file?.Sha256 ?? throw new FileNotFoundException(missing));
    }
}

internal static class RehearsalQueries
{
    /// <summary>The file with the examples, or what is missing.</summary>
    public static async Task<(StoredFile? File, string? Missing)> FindRehearsalAsync(
        this DatasetsDbContext db, RehearsalSource source, string project, TimeProvider clock, CancellationToken cancellationToken)
    {
        var id = source.File;
        if (source.Dataset is { } dataset)
        {
            var version = await db.Versions.AsNoTracking().SingleOrDefaultAsync(row => row.DatasetId == dataset && row.Number == source.Version && row.Project == project, cancellationToken);
            if (version is not { Status: DatasetVersion.Validated })
                return (null, version is null ? $"There is no dataset {dataset} with a version {source.Version}." : $"Version {source.Version} of {dataset} is {version.Status}, not validated.");
            id = version.TrainingFile;
        }

        var file = id is null ? null : await db.FindFileAsync(id, project, clock, cancellationToken);
        if (file is null)
            return (null, $"There is no file {FileName.Safe(id ?? "with training examples")}.");
        return file.Purpose == FilePurpose.FineTune ? (file, null) : (null, $"The file {id} has the purpose '{file.Purpose}', not '{FilePurpose.FineTune}'.");
    }
}

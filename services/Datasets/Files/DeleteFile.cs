using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Files;

/// <summary>`DELETE /v1/files/{file_id}`: the object at once, the bytes when nothing else refers to them.</summary>
internal static class DeleteFile
{
    public static async Task<Results<Ok<FileDeleted>, ApiError>> Handle(
        string file_id, ClaimsPrincipal user, FileStorage storage, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindFileAsync(file_id, user.ProjectName(), clock, cancellationToken) is not { } file)
            return GetFile.NotFound(file_id);
        if (await db.Files.Where(row => row.Id == file_id).ExecuteDeleteAsync(cancellationToken) == 0)
            return GetFile.NotFound(file_id);

        // A report quotes the files of its version, so it goes with any of them.
        await db.QualityReports.Where(report => db.Versions.Any(version => version.DatasetId == report.DatasetId && version.Number == report.Number
            && (version.TrainingFile == file_id || version.ValidationFile == file_id || version.TestFile == file_id))).ExecuteDeleteAsync(cancellationToken);
        // The row is gone for good before its bytes are: after a crash here the sweep finds them, never a row without bytes.
        await RemoveUnreferenced(file.Sha256, storage, db, cancellationToken);
        return TypedResults.Ok(new FileDeleted(file_id, "file", true));
    }

    /// <summary>Removes content that no row refers to. An upload of the same bytes waits for the lock and then brings its own copy.</summary>
    public static async Task<bool> RemoveUnreferenced(string sha256, FileStorage storage, DatasetsDbContext db, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.LockContentAsync([sha256], cancellationToken);
        if ((await db.ReferencedAsync([sha256], cancellationToken)).Count > 0)
            return false;
        storage.Remove(sha256);
        return true;
    }

    /// <summary>Those of the contents that a row refers to.</summary>
    public static async Task<HashSet<string>> ReferencedAsync(this DatasetsDbContext db, IReadOnlyCollection<string> sha256, CancellationToken cancellationToken) =>
        await db.Files.Where(file => sha256.Contains(file.Sha256)).Select(file => file.Sha256)
            .Union(db.UploadParts.Where(part => sha256.Contains(part.Sha256)).Select(part => part.Sha256))
            .Union(db.Versions.Where(version => version.Manifest != null && sha256.Contains(version.Manifest)).Select(version => version.Manifest!))
            .ToHashSetAsync(cancellationToken);
}

using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Uploads;

/// <summary>`POST /v1/uploads/{upload_id}/cancel`: its parts are gone.</summary>
internal static class CancelUpload
{
    public static async Task<Results<Ok<UploadObject>, ApiError>> Handle(
        string upload_id, ClaimsPrincipal user, FileStorage storage, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindUploadAsync(upload_id, user.ProjectName(), cancellationToken) is null)
            return UploadsApi.NotFound(upload_id);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.LockUploadAsync(upload_id, cancellationToken) is not { } upload)
            return UploadsApi.NotFound(upload_id);
        if (UploadsApi.RefuseUnlessPending(upload, clock) is { } over)
            return over;
        var parts = await db.UploadParts.Where(part => part.UploadId == upload_id).ToListAsync(cancellationToken);
        db.UploadParts.RemoveRange(parts);
        upload.Cancel();
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        foreach (var sha256 in parts.Select(part => part.Sha256).Distinct())
            await DeleteFile.RemoveUnreferenced(sha256, storage, db, CancellationToken.None);
        return TypedResults.Ok(upload.ToObject(clock.GetUtcNow()));
    }
}

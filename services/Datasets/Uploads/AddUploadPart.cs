using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Faults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Uploads;

/// <summary>`POST /v1/uploads/{upload_id}/parts`: a 200 means that the part's bytes and row are on disk. Parts may come side by side and in any order.</summary>
internal static class AddUploadPart
{
    public static async Task<Results<Ok<UploadPartObject>, ApiError>> Handle(
        string upload_id, HttpRequest request, ClaimsPrincipal user, FileStorage storage, DatasetsDbContext db, IOptions<StorageOptions> options, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        if (await db.FindUploadAsync(upload_id, user.ProjectName(), cancellationToken) is not { } known)
            return UploadsApi.NotFound(upload_id);
        if (UploadsApi.RefuseUnlessPending(known, clock) is { } over)
            return over;
        var maxBytes = options.Value.MaxPartBytes;
        await using var form = new UploadForm("data", maxBytes);
        if (await form.ReadAsync(request, storage, options.Value, cancellationToken) is { } refusal)
            return refusal;
        if (form.File!.Length == 0)
            return ApiError.BadRequest("The part is empty.", "data");
        await form.File.SealAsync(cancellationToken);
        FaultPoint.Reach("part-sealed");

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Held until the commit, so that completing and cancelling see this part or refuse it.
        if (await db.LockUploadAsync(upload_id, cancellationToken) is not { } upload)
            return UploadsApi.NotFound(upload_id);
        if (UploadsApi.RefuseUnlessPending(upload, clock) is { } ended)
            return ended;
        // Room for parts that were sent twice because an answer was lost, not for filling the disk.
        var sent = await db.UploadParts.Where(part => part.UploadId == upload_id).SumAsync(part => part.Bytes, cancellationToken);
        if (sent + form.File.Length > 2 * upload.Bytes + maxBytes)
            return ApiError.BadRequest($"The parts have {sent + form.File.Length} bytes already, far more than the {upload.Bytes} announced.", "data");

        await db.LockContentAsync([form.File.Content.Sha256], cancellationToken);
        storage.Keep(form.File);
        FaultPoint.Reach("part-after-rename");
        var part = UploadPart.Create(upload, form.File.Content, clock);
        db.UploadParts.Add(part);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        FaultPoint.Reach("part-after-commit");
        return TypedResults.Ok(part.ToObject());
    }
}

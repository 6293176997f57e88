using System.Buffers;
using System.Security.Cryptography;
using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Faults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Uploads;

/// <summary>`POST /v1/uploads/{upload_id}/complete`: joins the parts, in the order given, to a file.</summary>
internal static class CompleteUpload
{
    private const int CopiedBytes = 1024 * 1024;

    public static async Task<Results<Ok<UploadObject>, ApiError>> Handle(
        string upload_id, CompleteUploadRequest request, ClaimsPrincipal user, FileStorage storage, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindUploadAsync(upload_id, user.ProjectName(), cancellationToken) is null)
            return UploadsApi.NotFound(upload_id);
        if (request.PartIds is not { } partIds)
            return ApiError.BadRequest("Missing required parameter: 'part_ids'.", "part_ids", "missing_required_parameter");
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.LockUploadAsync(upload_id, cancellationToken) is not { } upload)
            return UploadsApi.NotFound(upload_id);
        if (UploadsApi.RefuseUnlessPending(upload, clock) is { } over)
            return over;

        var parts = await db.UploadParts.Where(part => part.UploadId == upload_id).ToDictionaryAsync(part => part.Id, cancellationToken);
        if (partIds.FirstOrDefault(id => id is null || !parts.ContainsKey(id)) is { } unknown)
            return ApiError.BadRequest($"'{FileName.Safe(unknown)}' is no part of {upload_id}.", "part_ids");
        if (partIds.Distinct().Count() != partIds.Count)
            return ApiError.BadRequest("'part_ids' names a part twice.", "part_ids");
        var ordered = partIds.Select(id => parts[id]).ToList();
        if (ordered.Sum(part => part.Bytes) is var sum && sum != upload.Bytes)
            return ApiError.BadRequest($"The parts have {sum} bytes, but {upload.Bytes} were announced. Name every part, or create the upload with the right number.", "part_ids");

        await using var joined = storage.Receive();
        var md5 = await JoinAsync(ordered, joined, storage, cancellationToken);
        if (request.Md5 is { } expected && !string.Equals(expected, md5, StringComparison.OrdinalIgnoreCase))
            return ApiError.BadRequest($"The file's MD5 is {md5}, not the one given. A part may be damaged, or the order wrong.", "md5");
        FaultPoint.Reach("complete-joined");
        await joined.SealAsync(cancellationToken);

        await db.LockContentAsync([joined.Content.Sha256], cancellationToken);
        storage.Keep(joined);
        FaultPoint.Reach("complete-after-rename");
        TimeSpan? expiresAfter = upload.FileExpiresAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        var file = StoredFile.Create(upload.Project, joined.Content, upload.Filename, upload.Purpose, expiresAfter, clock);
        db.Files.Add(file);
        upload.Complete(file);
        db.UploadParts.RemoveRange(parts.Values);
        await db.SaveChangesAsync(cancellationToken);
        FaultPoint.Reach("complete-before-commit");
        await transaction.CommitAsync(cancellationToken);
        FaultPoint.Reach("complete-after-commit");
        foreach (var sha256 in parts.Values.Select(part => part.Sha256).Distinct())
            await DeleteFile.RemoveUnreferenced(sha256, storage, db, CancellationToken.None);
        return TypedResults.Ok(upload.ToObject(clock.GetUtcNow(), file));
    }

    /// <returns>The MD5 of the whole, in lower-case hex: OpenAI's check of transport, no protection.</returns>
    private static async Task<string> JoinAsync(List<UploadPart> parts, IncomingFile joined, FileStorage storage, CancellationToken cancellationToken)
    {
#pragma warning disable CA5351 // The protocol names MD5.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
        var buffer = ArrayPool<byte>.Shared.Rent(CopiedBytes);
        try
        {
            foreach (var part in parts)
            {
                await using var bytes = storage.OpenRead(part.Sha256);
                int read;
                while ((read = await bytes.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    md5.AppendData(buffer, 0, read);
                    await joined.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(md5.GetHashAndReset());
    }
}

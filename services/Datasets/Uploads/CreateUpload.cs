using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Uploads;

/// <summary>`POST /v1/uploads`.</summary>
internal static class CreateUpload
{
    public static async Task<Results<Ok<UploadObject>, ApiError>> Handle(
        CreateUploadRequest request, ClaimsPrincipal user, DatasetsDbContext db, IOptions<StorageOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Filename))
            return ApiError.BadRequest("'filename' must not be empty.", "filename");
        if (!FilePurpose.MayUpload(request.Purpose, user.IsInternal()))
            return ApiError.BadRequest($"'{FileName.Safe(request.Purpose)}' is not one of [{string.Join(", ", FilePurpose.OfClients.Select(known => $"'{known}'"))}] - 'purpose'", "purpose");
        if (request.Bytes < 1 || request.Bytes > options.Value.MaxUploadBytes)
            return ApiError.BadRequest(FormattableString.Invariant($"'bytes' must lie between 1 and {options.Value.MaxUploadBytes:N0}."), "bytes");
        if (request.ExpiresAfter is { } expiry && (expiry.Anchor != "created_at" || expiry.Seconds is < 3600 or > 2_592_000))
            return ApiError.BadRequest("'expires_after' must have the anchor 'created_at' and 3600 to 2592000 seconds.", "expires_after");

        var upload = Upload.Create(user.ProjectName(), request, clock);
        db.Uploads.Add(upload);
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(upload.ToObject(clock.GetUtcNow()));
    }
}

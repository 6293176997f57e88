using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Faults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Files;

/// <summary>`POST /v1/files`: a 200 means that bytes and row are on disk.</summary>
internal static class UploadFile
{
    public static async Task<Results<Ok<FileObject>, ApiError>> Handle(
        HttpRequest request, ClaimsPrincipal user, FileStorage storage, DatasetsDbContext db, IOptions<StorageOptions> options, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var maxBytes = options.Value.MaxFileBytes;
        await using var form = new UploadForm(UploadForm.WholeFile, maxBytes);
        if (request.ContentLength > 2 * maxBytes + (1 << 20))
            return form.TooLarge();
        if (await form.ReadAsync(request, storage, options.Value, cancellationToken) is { } refusal)
            return refusal;
        if (form.Purpose is not { } purpose)
            return ApiError.BadRequest("Missing required parameter: 'purpose'.", "purpose", "missing_required_parameter");
        if (!FilePurpose.MayUpload(purpose, user.IsInternal()))
            return ApiError.BadRequest($"'{FileName.Safe(purpose)}' is not one of [{string.Join(", ", FilePurpose.OfClients.Select(known => $"'{known}'"))}] - 'purpose'", "purpose");

        FaultPoint.Reach("upload-before-fsync");
        await form.File!.SealAsync(cancellationToken);
        FaultPoint.Reach("upload-after-fsync");

        // The row is inserted and committed while the content's lock is held, so no delete can take the bytes in between.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.LockContentAsync([form.File.Content.Sha256], cancellationToken);
        FaultPoint.Reach("upload-before-rename");
        storage.Keep(form.File);
        FaultPoint.Reach("upload-after-rename");

        var file = StoredFile.Create(user.ProjectName(), form.File.Content, form.Filename, purpose, form.ExpiresAfter, clock);
        db.Files.Add(file);
        await db.SaveChangesAsync(cancellationToken);
        FaultPoint.Reach("upload-before-commit");
        await transaction.CommitAsync(cancellationToken);
        FaultPoint.Reach("upload-after-commit");
        return TypedResults.Ok(file.ToObject());
    }
}

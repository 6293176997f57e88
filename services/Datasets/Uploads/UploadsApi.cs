using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Uploads;

/// <summary>The routes of `/v1/uploads`, and what they share.</summary>
internal static class UploadsApi
{
    public static void MapUploads(this IEndpointRouteBuilder v1)
    {
        var uploads = v1.MapGroup("/uploads").WithTags("Uploads");
        uploads.MapPost("/", CreateUpload.Handle);
        uploads.MapPost("/{upload_id}/parts", AddUploadPart.Handle).WithMetadata(new NoBodyLimit()).Produces<UploadPartObject>().Accepts<IFormFile>("multipart/form-data");
        uploads.MapPost("/{upload_id}/complete", CompleteUpload.Handle);
        uploads.MapPost("/{upload_id}/cancel", CancelUpload.Handle);
    }

    public static ApiError NotFound(string id) => ApiError.NotFound($"No such Upload object: {id}");

    public static ApiError? RefuseUnlessPending(Upload upload, TimeProvider clock) => upload.StatusAt(clock.GetUtcNow()) is var status && status != Upload.Pending
        ? ApiError.BadRequest($"{upload.Id} is {status}. {(status == Upload.Expired ? "An upload must be completed within an hour. " : "")}Create another one.", "upload_id")
        : null;

    /// <summary>The upload if the project may see it.</summary>
    public static Task<Upload?> FindUploadAsync(this DatasetsDbContext db, string id, string project, CancellationToken cancellationToken) =>
        db.Uploads.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id && row.Project == project, cancellationToken);

    /// <summary>The row, held until the transaction ends.</summary>
    public static async Task<Upload?> LockUploadAsync(this DatasetsDbContext db, string id, CancellationToken cancellationToken) =>
        (await db.Uploads.FromSql($"SELECT * FROM uploads WHERE id = {id} FOR UPDATE").ToListAsync(cancellationToken)).SingleOrDefault();
}

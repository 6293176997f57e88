using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Files;

/// <summary>`DELETE /v1/files/{id}`. A job that still needs the file fails saying so; one that has read it goes on.</summary>
internal static class DeleteFile
{
    public static async Task<Results<Ok<FileDeleted>, ApiError>> Handle(string id, ProviderDbContext db, FileStore store, CancellationToken cancellationToken)
    {
        if (await db.Files.Where(file => file.Id == id).ExecuteDeleteAsync(cancellationToken) == 0)
            return GetFile.NotFound(id);
        // The row goes first: bytes without a row are swept at the next start, a row without bytes would be a lie.
        File.Delete(store.PathOf(id));
        return TypedResults.Ok(new FileDeleted(id, "file", Deleted: true));
    }
}

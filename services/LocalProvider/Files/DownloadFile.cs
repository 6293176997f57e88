using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Files;

/// <summary>`GET /v1/files/{id}/content`: the bytes as they came.</summary>
internal static class DownloadFile
{
    public static async Task<Results<FileStreamHttpResult, ApiError>> Handle(string id, ProviderDbContext db, FileStore store, CancellationToken cancellationToken)
    {
        if (await db.Files.AsNoTracking().SingleOrDefaultAsync(file => file.Id == id, cancellationToken) is not { } found)
            return GetFile.NotFound(id);
        try
        {
            // FileShare.Delete: a download that has begun goes on while the file is deleted.
            var bytes = new FileStream(store.PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16, FileOptions.Asynchronous);
            return TypedResults.Stream(bytes, "application/octet-stream", found.Filename);
        }
        catch (FileNotFoundException)
        {
            // Deleted between the row and the bytes.
            return GetFile.NotFound(id);
        }
    }
}

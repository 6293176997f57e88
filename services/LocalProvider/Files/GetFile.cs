using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Files;

/// <summary>`GET /v1/files/{id}`.</summary>
internal static class GetFile
{
    public static async Task<Results<Ok<FileObject>, ApiError>> Handle(string id, ProviderDbContext db, CancellationToken cancellationToken) =>
        await db.Files.AsNoTracking().SingleOrDefaultAsync(file => file.Id == id, cancellationToken) is { } found
            ? TypedResults.Ok(FileObject.From(found))
            : NotFound(id);

    internal static ApiError NotFound(string id) => ApiError.NotFound($"No such File object: {id}");
}

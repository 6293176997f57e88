using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Files;

/// <summary>`GET /v1/files/{file_id}`.</summary>
internal static class GetFile
{
    public static async Task<Results<Ok<FileObject>, ApiError>> Handle(
        string file_id, ClaimsPrincipal user, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken) =>
        await db.FindFileAsync(file_id, user.ProjectName(), clock, cancellationToken) is { } file ? TypedResults.Ok(file.ToObject()) : NotFound(file_id);

    public static ApiError NotFound(string id) => ApiError.NotFound($"No such File object: {id}");

    /// <summary>The file if the project may see it, else null: another project's file does not exist.</summary>
    public static Task<StoredFile?> FindFileAsync(this DatasetsDbContext db, string id, string project, TimeProvider clock, CancellationToken cancellationToken) =>
        db.Files.AsNoTracking().Where(StoredFile.VisibleTo(project, clock.GetUtcNow())).SingleOrDefaultAsync(file => file.Id == id, cancellationToken);
}

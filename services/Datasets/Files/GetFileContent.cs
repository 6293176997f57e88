using System.Security.Claims;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Files;

/// <summary>`GET /v1/files/{file_id}/content`: the bytes exactly as they were sent.</summary>
internal static class GetFileContent
{
    public static async Task<Results<FileStreamHttpResult, ApiError>> Handle(
        string file_id, HttpResponse response, ClaimsPrincipal user, FileStorage storage, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (await db.FindFileAsync(file_id, user.ProjectName(), clock, cancellationToken) is not { } file)
            return GetFile.NotFound(file_id);

        FileStream content;
        try
        {
            content = storage.OpenRead(file.Sha256);
        }
        // A delete came between the row and the bytes; a row that still stands without bytes is a lost file and flies.
        catch (FileNotFoundException) when (db.Files.All(row => row.Id != file_id))
        {
            return GetFile.NotFound(file_id);
        }

        response.Headers.ContentDisposition = Disposition.Attachment(file.Filename);
        return TypedResults.Stream(content, "application/octet-stream");
    }
}

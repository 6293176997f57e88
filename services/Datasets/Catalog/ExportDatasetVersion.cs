using System.Security.Claims;
using System.Text;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Catalog;

/// <summary>
/// `GET /v1/datasets/{dataset_id}/versions/{version}/export?part=training&amp;dialect=openai`: the part as a provider wants it. The lines are those of the
/// part's file, byte for byte; Azure's begin with a byte-order mark, which OpenAI's and the local provider's must not.
/// </summary>
internal static class ExportDatasetVersion
{
    private const string Azure = "azure";
    private static readonly string[] Parts = ["training", "validation", "test"];
    private static readonly string[] Dialects = ["openai", Azure, "local"];

    public static async Task<Results<PushStreamHttpResult, ApiError>> Handle(
        string dataset_id, string version, HttpResponse response, ClaimsPrincipal user, DatasetsDbContext db, FileStorage storage, TimeProvider clock, CancellationToken cancellationToken,
        string part = "training", string dialect = "openai")
    {
        if (!Parts.Contains(part))
            return ApiError.BadRequest($"'part' must be one of {string.Join(", ", Parts)}.", "part");
        if (!Dialects.Contains(dialect))
            return ApiError.BadRequest($"'dialect' must be one of {string.Join(", ", Dialects)}.", "dialect");
        if (await db.FindVersionAsync(dataset_id, version, user.ProjectName(), cancellationToken) is not { } found)
            return GetDatasetVersion.NotFound(dataset_id, version);
        if (found.Status != DatasetVersion.Validated)
            return ApiError.Conflict($"The version is {found.Status}; only a validated one has files to export.", "version", "version_not_validated");
        var id = part switch { "training" => found.TrainingFile, "validation" => found.ValidationFile, _ => found.TestFile };
        if (id is null)
            return ApiError.NotFound($"The version has no {part} part: its share is 0, or there were too few examples.", "part");
        if (await db.FindFileAsync(id, found.Project, clock, cancellationToken) is not { } file)
            return Deleted(id);

        FileStream content;
        try
        {
            content = storage.OpenRead(file.Sha256);
        }
        // A delete came between the row and the bytes; a row that still stands without bytes is a lost file and flies.
        catch (FileNotFoundException) when (db.Files.All(row => row.Id != id))
        {
            return Deleted(id);
        }

        var mark = dialect == Azure ? Encoding.UTF8.GetPreamble() : [];
        response.ContentLength = mark.Length + content.Length;
        response.Headers.ContentDisposition = Disposition.Attachment(dialect == Azure ? $"{Path.GetFileNameWithoutExtension(file.Filename)}-{dialect}{Path.GetExtension(file.Filename)}" : file.Filename);
        return TypedResults.Stream(async body =>
        {
            await using (content)
            {
                await body.WriteAsync(mark, cancellationToken);
                await content.CopyToAsync(body, cancellationToken);
            }
        }, "application/jsonl");
    }

    private static ApiError Deleted(string id) => ApiError.Conflict($"The file {id} of this version was deleted. Create the dataset again.", "version", "file_deleted");
}

using FineTuneAspire.Contracts.Datasets.Api;
using Microsoft.AspNetCore.Http.Metadata;

namespace FineTuneAspire.Datasets.Files;

/// <summary>The routes of `/v1/files`.</summary>
internal static class FilesApi
{
    public static void MapFiles(this IEndpointRouteBuilder v1)
    {
        var files = v1.MapGroup("/files").WithTags("Files");
        files.MapPost("/", UploadFile.Handle).WithMetadata(new NoBodyLimit()).Produces<FileObject>().Accepts<IFormFile>("multipart/form-data");
        files.MapGet("/", ListFiles.Handle);
        files.MapGet("/{file_id}", GetFile.Handle);
        files.MapGet("/{file_id}/content", GetFileContent.Handle);
        files.MapDelete("/{file_id}", DeleteFile.Handle);
    }

    public static void AddFiles(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<FileStorage>();
        builder.Services.AddHostedService<StorageSweep>();
    }
}

/// <summary>Lifts Kestrel's limit for a route: its handler counts the file's own bytes and refuses them with a readable 413.</summary>
internal sealed class NoBodyLimit : IRequestSizeLimitMetadata
{
    public long? MaxRequestBodySize => null;
}

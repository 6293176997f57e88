namespace FineTuneAspire.LocalProvider.Files;

internal static class FilesApi
{
    public static void AddFiles(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<FilesOptions>().BindConfiguration(FilesOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<FileStore>();
    }

    public static void MapFiles(this IEndpointRouteBuilder v1)
    {
        var files = v1.MapGroup("/files").WithTags("Files");
        files.MapPost("", UploadFile.Handle).DisableAntiforgery();
        files.MapGet("", ListFiles.Handle);
        files.MapGet("/{id}", GetFile.Handle);
        files.MapGet("/{id}/content", DownloadFile.Handle);
        files.MapDelete("/{id}", DeleteFile.Handle);
    }
}

using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>The routes of `/v1/imports`.</summary>
internal static class ImportsApi
{
    public static void MapImports(this IEndpointRouteBuilder v1)
    {
        var imports = v1.MapGroup("/imports").WithTags("Imports");
        imports.MapPost("/", CreateImport.Handle);
        imports.MapGet("/", ListImports.Handle);
        imports.MapGet("/{import_id}", GetImport.Handle);
        imports.MapPost("/{import_id}/cancel", CancelImport.Handle);
    }

    public static ApiError NotFound(string id) => ApiError.NotFound($"No such import: {id}");
}

using FineTuneAspire.ServiceDefaults.Internal;

namespace FineTuneAspire.Inference.Models;

internal static class ModelsApi
{
    public static void AddModels(this IHostApplicationBuilder builder)
    {
        builder.Services.AddInternalHttpClient<TrainingClient>("training");
        builder.Services.AddScoped<ModelRouter>();
    }

    public static void MapModels(this IEndpointRouteBuilder v1)
    {
        var models = v1.MapGroup("/models").WithTags("Models");
        models.MapGet("", ListModels.Handle);
        // Catch-all: names of base models may hold a slash.
        models.MapGet("/{*id}", GetModel.Handle);
        models.MapDelete("/{*id}", DeleteModel.Handle);
    }

    /// <summary>Routing decodes all of a path but %2F.</summary>
    public static string Decoded(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}

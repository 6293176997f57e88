namespace FineTuneAspire.LocalProvider.Models;

internal static class ModelsApi
{
    public static void AddModels(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ModelCatalog>();
    }

    public static void MapModels(this IEndpointRouteBuilder v1)
    {
        var models = v1.MapGroup("/models").WithTags("Models");
        models.MapGet("", ListModels.Handle);
        models.MapGet("/{id}", GetModel.Handle);
    }
}

namespace FineTuneAspire.LocalProvider.Models;

internal static class ModelsApi
{
    public static void AddModels(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ModelCacheOptions>().BindConfiguration(ModelCacheOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<ModelCatalog>();
        builder.Services.AddSingleton<ModelCache>();
    }

    public static void MapModels(this IEndpointRouteBuilder v1)
    {
        var models = v1.MapGroup("/models").WithTags("Models");
        models.MapGet("", ListModels.Handle);
        models.MapGet("/{id}", GetModel.Handle);
        models.MapDelete("/{id}", DeleteModel.Handle);
    }
}

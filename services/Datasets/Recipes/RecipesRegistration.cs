using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Recipes;

internal static class RecipesRegistration
{
    public static void AddRecipes(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RecipeOptions>().BindConfiguration(RecipeOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<ApplyRecipe>();
        builder.Services.AddScoped<Rehearsal>();
        builder.Services.AddScoped<PreviewRecipe>();
        builder.Services.AddScoped<CleanVersion>();
    }
}

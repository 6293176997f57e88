using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>The routes of `/v1/recipes`, and what they share.</summary>
internal static class RecipesApi
{
    public static void MapRecipes(this IEndpointRouteBuilder v1)
    {
        var recipes = v1.MapGroup("/recipes").WithTags("Recipes");
        recipes.MapPost("/", CreateRecipe.Handle);
        recipes.MapGet("/", ListRecipes.Handle);
        recipes.MapPost("/{recipe_id}", CreateRecipeVersion.Handle);
        recipes.MapGet("/{recipe_id}", GetRecipe.Handle);
        v1.MapPost("/datasets/{dataset_id}/versions/{version}/recipe_previews", PreviewRecipe.Handle).WithTags("Recipes");
    }

    public static ApiError NotFound(string id) => ApiError.NotFound($"No such recipe: {id}", "recipe_id");
}

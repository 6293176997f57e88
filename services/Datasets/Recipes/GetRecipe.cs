using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>`GET /v1/recipes/{recipe_id}`: the newest version, or the one that `version` names.</summary>
internal static class GetRecipe
{
    public static async Task<Results<Ok<RecipeObject>, ApiError>> Handle(
        string recipe_id, ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken, int? version = null) =>
        await db.FindRecipeAsync(recipe_id, version, user.ProjectName(), cancellationToken) is var (recipe, found)
            ? TypedResults.Ok(recipe.ToObject(found))
            : version is null ? RecipesApi.NotFound(recipe_id) : ApiError.NotFound($"No such recipe version: {recipe_id} version {version}", "version");

    /// <param name="number">Null: the newest.</param>
    public static async Task<(StoredRecipe Recipe, StoredRecipeVersion Version)?> FindRecipeAsync(this DatasetsDbContext db, string id, int? number, string project, CancellationToken cancellationToken)
    {
        if (await db.Recipes.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id && row.Project == project, cancellationToken) is not { } recipe)
            return null;
        var versions = db.RecipeVersions.AsNoTracking().Where(row => row.RecipeId == id && (number == null || row.Number == number));
        return await versions.OrderByDescending(row => row.Number).FirstOrDefaultAsync(cancellationToken) is { } version ? (recipe, version) : null;
    }
}

using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>`POST /v1/recipes`.</summary>
internal static class CreateRecipe
{
    private const int LongestName = 128;

    public static async Task<Results<Ok<RecipeObject>, ApiError>> Handle(
        CreateRecipeRequest request, ClaimsPrincipal user, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > LongestName)
            return ApiError.BadRequest($"'name' must have 1 to {LongestName} characters.", "name");
        if (RecipeRequests.Check(request.Steps, "steps") is { } bad)
            return bad;

        var recipe = StoredRecipe.Create(user.ProjectName(), request.Name, request.Steps, clock);
        db.Recipes.Add(recipe);
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(recipe.ToObject(recipe.Versions[0]));
    }
}

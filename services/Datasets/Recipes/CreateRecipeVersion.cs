using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>`POST /v1/recipes/{recipe_id}`: the next version; earlier ones stay as they are.</summary>
internal static class CreateRecipeVersion
{
    public static async Task<Results<Ok<RecipeObject>, ApiError>> Handle(
        string recipe_id, CreateRecipeVersionRequest request, ClaimsPrincipal user, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Locked, so that two requests at once get two numbers.
        var recipe = (await db.Recipes.FromSql($"SELECT * FROM recipes WHERE id = {recipe_id} AND project = {user.ProjectName()} FOR UPDATE").ToListAsync(cancellationToken)).SingleOrDefault();
        if (recipe is null)
            return RecipesApi.NotFound(recipe_id);
        // Only then: another project's id is unknown whatever the body.
        if (RecipeRequests.Check(request.Steps, "steps") is { } bad)
            return bad;

        var number = 1 + await db.RecipeVersions.Where(row => row.RecipeId == recipe.Id).MaxAsync(row => row.Number, cancellationToken);
        var version = StoredRecipeVersion.Create(recipe, number, request.Steps, clock);
        db.RecipeVersions.Add(version);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(recipe.ToObject(version));
    }
}

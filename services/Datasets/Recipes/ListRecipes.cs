using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>`GET /v1/recipes`: newest first unless asked otherwise, each with its newest version.</summary>
internal static class ListRecipes
{
    public static async Task<Results<Ok<RecipeList>, ApiError>> Handle(
        ClaimsPrincipal user, DatasetsDbContext db, CancellationToken cancellationToken, int limit = 20, string order = "desc", string? after = null)
    {
        if (limit is < 1 or > 100)
            return ApiError.BadRequest("'limit' must be from 1 to 100.", "limit");
        if (order is not ("asc" or "desc"))
            return ApiError.BadRequest("'order' must be 'asc' or 'desc'.", "order");

        var project = user.ProjectName();
        var recipes = db.Recipes.AsNoTracking().Where(recipe => recipe.Project == project);
        if (after is not null)
            recipes = order == "asc" ? recipes.Where(recipe => recipe.Id.CompareTo(after) > 0) : recipes.Where(recipe => recipe.Id.CompareTo(after) < 0);
        var page = await (order == "asc" ? recipes.OrderBy(recipe => recipe.Id) : recipes.OrderByDescending(recipe => recipe.Id)).Take(limit + 1)
            .Select(recipe => new { Recipe = recipe, Newest = recipe.Versions.OrderByDescending(version => version.Number).First() }).ToListAsync(cancellationToken);
        var data = page.Take(limit).Select(row => row.Recipe.ToObject(row.Newest)).ToList();
        return TypedResults.Ok(new RecipeList
        {
            Data = data,
            FirstId = data.FirstOrDefault()?.Id,
            LastId = data.LastOrDefault()?.Id,
            HasMore = page.Count > limit,
        });
    }
}

using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.Datasets.Cleaning.Steps;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>A recipe as a request names it: the steps that are meant, for good.</summary>
/// <param name="Id">Null where the request gave the steps.</param>
/// <param name="Steps">JSON.</param>
internal sealed record ResolvedRecipe(string? Id, int? Version, string Steps)
{
    /// <summary>Checks the reference, its steps, and that what they rehearse is there.</summary>
    public static async Task<(ResolvedRecipe? Recipe, ApiError? Error)> ResolveAsync(
        RecipeReference reference, string at, string project, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        var place = at.Length == 0 ? "" : at + ".";
        if (reference.Id is null == reference.Steps is null)
            return (null, ApiError.BadRequest($"Give either '{place}id', of a stored recipe, or '{place}steps'.", place + (reference.Id is null ? "id" : "steps")));
        if (reference.Id is null && reference.Version is not null)
            return (null, ApiError.BadRequest($"'{place}version' goes with '{place}id'.", place + "version"));

        ResolvedRecipe resolved;
        if (reference.Steps is { } steps)
        {
            if (RecipeRequests.Check(steps, place + "steps") is { } bad)
                return (null, bad);
            resolved = new ResolvedRecipe(null, null, steps.GetRawText());
        }
        else if (await db.FindRecipeAsync(reference.Id!, reference.Version, project, cancellationToken) is var (recipe, version))
        {
            resolved = new ResolvedRecipe(recipe.Id, version.Number, version.Steps);
        }
        else
        {
            return (null, ApiError.BadRequest($"invalid {place}id: there is no recipe {reference.Id}{(reference.Version is { } number ? $" version {number}" : "")}.", place + "id"));
        }

        foreach (var source in Recipe.Parse(resolved.Steps).RehearsalSources)
        {
            if (await db.FindRehearsalAsync(source, project, clock, cancellationToken) is var (_, missing) && missing is not null)
                return (null, ApiError.BadRequest($"The recipe's step 'rehearsal': {missing}", at.Length == 0 ? "steps" : at));
        }

        return (resolved, null);
    }
}

internal static class RecipeRequests
{
    /// <summary>What is wrong with the steps, or null.</summary>
    public static ApiError? Check(JsonElement steps, string at)
    {
        try
        {
            Recipe.Parse(steps, at);
            return null;
        }
        catch (RecipeException exception)
        {
            return ApiError.BadRequest(exception.Message, exception.Place);
        }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>`POST /v1/recipes`.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateRecipeRequest
{
    public required string Name { get; init; }
    /// <summary>`[{"type": "…", …options}, …]`, applied in this order; docs/cleaning.md lists types and options.</summary>
    public required JsonElement Steps { get; init; }
}

/// <summary>`POST /v1/recipes/{id}`: the next version.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateRecipeVersionRequest
{
    public JsonElement Steps { get; init; }
}

/// <summary>A version of a recipe; it never changes.</summary>
public sealed record RecipeObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "recipe";
    public required string Name { get; init; }
    public required int Version { get; init; }
    public required JsonElement Steps { get; init; }
    /// <summary>Of this version, Unix seconds.</summary>
    public required long CreatedAt { get; init; }
}

/// <summary>Newest versions only.</summary>
public sealed record RecipeList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<RecipeObject> Data { get; init; }
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public required bool HasMore { get; init; }
}

/// <summary>A stored recipe by <see cref="Id"/>, or <see cref="Steps"/> that are not stored.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RecipeReference
{
    public string? Id { get; init; }
    /// <summary>Left out: the newest. Goes with <see cref="Id"/>.</summary>
    public int? Version { get; init; }
    public JsonElement? Steps { get; init; }
}

/// <summary>What a step did to the examples that reached it.</summary>
/// <param name="Added">Repeated or mixed in.</param>
/// <param name="Refused">The step will not have them: the version is rejected.</param>
public sealed record StepResult(string Type, long Read, long Changed, long Dropped, long Added, long Refused);

/// <summary>The recipe that made a version.</summary>
public sealed record AppliedRecipe
{
    /// <summary>Null where the request gave the steps.</summary>
    public string? Id { get; init; }
    public int? Version { get; init; }
    public required JsonElement Steps { get; init; }
    /// <summary>One for each step; null while the version is `validating`.</summary>
    public IReadOnlyList<StepResult>? Results { get; init; }
}

/// <summary>`POST /v1/datasets/{id}/versions/{n}/recipe_previews`: what the recipe would do; nothing is changed or kept.</summary>
public sealed record RecipePreview
{
    public string Object { get; init; } = "recipe.preview";
    public required string DatasetId { get; init; }
    public required int Version { get; init; }
    /// <summary>Examples that the first step saw.</summary>
    public required long Examples { get; init; }
    /// <summary>True when the version has more: counts are of these only, and duplicates and classes of the rest are unknown.</summary>
    public required bool IsSample { get; init; }
    public required IReadOnlyList<StepPreview> Steps { get; init; }
}

/// <param name="Examples">The first ten that the step would touch.</param>
public sealed record StepPreview(string Type, long Read, long Changed, long Dropped, long Added, long Refused, IReadOnlyList<StepExample> Examples);

/// <param name="Line">1-based line of the part; of a rehearsed example, of the data that it comes from.</param>
/// <param name="MessageIndex">0-based, where it is a message that would change.</param>
/// <param name="What">`changed`, `dropped`, `added` or `refused`.</param>
/// <param name="Before">The place that would change, or what the example says; at most 200 characters of it.</param>
/// <param name="After">Null where nothing would change.</param>
/// <param name="Reason">Why, or null.</param>
/// <param name="Part">`training`, `validation` or `test`.</param>
public sealed record StepExample(int Line, int? MessageIndex, string What, string Before, string? After, string? Reason, string? Part = null);

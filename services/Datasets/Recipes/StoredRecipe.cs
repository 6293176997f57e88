using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>A named line of versions of steps.</summary>
public sealed class StoredRecipe
{
    private StoredRecipe() { }

    public string Id { get; private set; } = "";
    public string Project { get; private set; } = "";
    public string Name { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }
    public List<StoredRecipeVersion> Versions { get; private set; } = [];

    /// <param name="steps">Known to be a recipe.</param>
    public static StoredRecipe Create(string project, string name, JsonElement steps, TimeProvider clock)
    {
        var recipe = new StoredRecipe { Id = PrefixedId.New("rcp_", clock), Project = project, Name = name, CreatedAt = clock.GetUtcNow() };
        recipe.Versions.Add(StoredRecipeVersion.Create(recipe, 1, steps, clock));
        return recipe;
    }

    public RecipeObject ToObject(StoredRecipeVersion version) => new()
    {
        Id = Id,
        Name = Name,
        Version = version.Number,
        Steps = version.ReadSteps(),
        CreatedAt = version.CreatedAt.ToUnixTimeSeconds(),
    };
}

/// <summary>Immutable.</summary>
public sealed class StoredRecipeVersion
{
    private StoredRecipeVersion() { }

    public string RecipeId { get; private set; } = "";
    public int Number { get; private set; }

    /// <summary>JSON as it came.</summary>
    public string Steps { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }

    public static StoredRecipeVersion Create(StoredRecipe recipe, int number, JsonElement steps, TimeProvider clock) =>
        new() { RecipeId = recipe.Id, Number = number, Steps = steps.GetRawText(), CreatedAt = clock.GetUtcNow() };

    public JsonElement ReadSteps()
    {
        using var steps = JsonDocument.Parse(Steps);
        return steps.RootElement.Clone();
    }
}

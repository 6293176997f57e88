using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Recipes;

/// <summary>Applies a version's recipe to the rows of one of its sources, and notes with the version what each step did to all of them.</summary>
internal sealed class CleanVersion(ApplyRecipe apply, Rehearsal rehearsal)
{
    private readonly List<StepResult> results = [];

    /// <param name="imported">Left as it is.</param>
    /// <param name="cancelled">Stops the reading; the database is asked under <paramref name="stopping"/>, so that its transaction stays good.</param>
    /// <returns>The rows, to be disposed, or why the recipe cannot be applied.</returns>
    public async Task<(ImportedFile? Rows, string? Problem)> HandleAsync(DatasetVersion version, FileRole role, ImportedFile imported, CancellationToken cancelled, CancellationToken stopping)
    {
        using var span = DatasetsTelemetry.Source.StartActivity("apply recipe");
        var recipe = Recipe.Parse(version.RecipeSteps!);
        foreach (var source in recipe.RehearsalSources)
        {
            if (await rehearsal.CheckAsync(source, version.Project, version.TrainingMethod(), stopping) is { } problem)
                return (null, $"The recipe's step 'rehearsal': {problem}");
        }

        var settings = new RecipeSettings((source, _) => rehearsal.OpenAsync(source, version.Project, stopping), version.TrainingMethod(), role == FileRole.Training);
        var cleaned = await apply.HandleAsync(imported, recipe, settings, cancelled);
        for (var i = 0; i < cleaned.Steps.Count; i++)
        {
            var step = cleaned.Steps[i].ToResult();
            if (i == results.Count)
                results.Add(step);
            else
                results[i] = Sum(results[i], step);
        }

        version.NoteRecipe(results);
        span?.SetTag("fta.recipe.steps", recipe.Steps.Count).SetTag("fta.recipe.read", cleaned.Read).SetTag("fta.recipe.rows", cleaned.Rows.SourceLines.Count);
        return (cleaned.Rows, null);
    }

    private static StepResult Sum(StepResult a, StepResult b) =>
        new(a.Type, a.Read + b.Read, a.Changed + b.Changed, a.Dropped + b.Dropped, a.Added + b.Added, a.Refused + b.Refused);
}

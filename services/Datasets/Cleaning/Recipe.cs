using System.Text.Json;
using FineTuneAspire.Datasets.Cleaning.Steps;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>An ordered list of steps, as `[{"type": "…", …options}, …]` says. Read anew for each application: steps keep buffers.</summary>
public sealed class Recipe
{
    public const int MostSteps = 50;
    public const int LongestJson = 512 * 1024;

    private static readonly IReadOnlyDictionary<string, Func<StepOptions, RecipeStep>> Known = new Dictionary<string, Func<StepOptions, RecipeStep>>
    {
        [UnicodeStep.Type] = options => new UnicodeStep(options),
        [WhitespaceStep.Type] = options => new WhitespaceStep(options),
        [BoilerplateStep.Type] = options => new BoilerplateStep(options),
        [EmptyStep.Type] = options => new EmptyStep(options),
        [MissingStep.Type] = options => new MissingStep(options),
        [LabelsStep.Type] = options => new LabelsStep(options),
        [LengthStep.Type] = options => new LengthStep(options),
        [PiiStep.Type] = options => new PiiStep(options),
        [SecretsStep.Type] = options => new SecretsStep(options),
        [ProfanityStep.Type] = options => new ProfanityStep(options),
        [ExactDuplicatesStep.Type] = options => new ExactDuplicatesStep(options),
        [NearDuplicatesStep.Type] = options => new NearDuplicatesStep(options),
        [RebalanceStep.Type] = options => new RebalanceStep(options),
        [RehearsalStep.Type] = options => new RehearsalStep(options),
    };

    private Recipe(IReadOnlyList<(string Type, RecipeStep Step)> steps) => Steps = steps;

    internal IReadOnlyList<(string Type, RecipeStep Step)> Steps { get; }

    public static IEnumerable<string> Types => Known.Keys;

    /// <summary>What its rehearsal steps draw from.</summary>
    public IEnumerable<RehearsalSource> RehearsalSources => Steps.Select(step => step.Step).OfType<RehearsalStep>().Select(step => step.Source);

    /// <param name="at">Names the place in errors, such as `steps`.</param>
    /// <exception cref="RecipeException">A step or option is unknown, missing or out of its range.</exception>
    public static Recipe Parse(JsonElement steps, string at = "steps")
    {
        if (steps.ValueKind != JsonValueKind.Array || steps.GetArrayLength() is 0 or > MostSteps)
            throw new RecipeException(at, $"must be an array of 1 to {MostSteps} steps.");
        if (steps.GetRawText().Length > LongestJson)
            throw new RecipeException(at, $"has more than {LongestJson} characters.");
        return new Recipe([.. steps.EnumerateArray().Select((step, i) => ParseStep(step, $"{at}[{i}]"))]);
    }

    public static Recipe Parse(string steps)
    {
        using var document = JsonDocument.Parse(steps);
        return Parse(document.RootElement);
    }

    private static (string, RecipeStep) ParseStep(JsonElement step, string at)
    {
        if (step.ValueKind != JsonValueKind.Object)
            throw new RecipeException(at, "must be an object with a 'type'.");
        var options = new StepOptions(step, at);
        var type = options.RequiredText("type", [.. Known.Keys]);
        var parsed = Known[type](options);
        options.RefuseOthers(type);
        return (type, parsed);
    }
}

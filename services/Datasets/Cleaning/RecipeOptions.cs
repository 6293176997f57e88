using System.ComponentModel.DataAnnotations;
using FineTuneAspire.Datasets.Cleaning.Steps;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>Section `Recipes`.</summary>
public sealed class RecipeOptions : IValidatableObject
{
    public const string Section = "Recipes";
    private static readonly Lazy<IReadOnlyList<string>> Shipped = new(() => StepData.Lines("profanity.txt"));
    private IReadOnlyList<string>? own;

    /// <summary>Examples that a preview looks at; a larger version is answered for a sample.</summary>
    [Range(10, 100_000, ErrorMessage = "Recipes:PreviewRows must lie between 10 and 100000.")]
    public int PreviewRows { get; set; } = 2_000;

    /// <summary>A file of words for the step `profanity` instead of the shipped list: one a line, `#` for remarks.</summary>
    public string? ProfanityFile { get; set; }

    internal IReadOnlyList<string> Profanities() => own ?? Shipped.Value;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrEmpty(ProfanityFile))
            yield break;
        if (!File.Exists(ProfanityFile))
        {
            yield return new ValidationResult($"Recipes:ProfanityFile names '{ProfanityFile}', which does not exist. Name a text file with one word a line.", [nameof(ProfanityFile)]);
            yield break;
        }

        using var words = File.OpenText(ProfanityFile);
        own = StepData.Read(words);
    }
}

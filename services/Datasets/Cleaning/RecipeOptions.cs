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

    /// <summary>Bytes of each part that a preview looks at, because someone waits for it; the example that reaches the limit is the last.</summary>
    [Range(1024, 1024 * 1024 * 1024, ErrorMessage = "Recipes:PreviewBytes must lie between 1024 and 1073741824.")]
    public int PreviewBytes { get; set; } = 16 * 1024 * 1024;

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

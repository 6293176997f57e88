using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Section `Validation`: the limits of a training file.</summary>
public sealed class ValidationOptions
{
    public const string Section = "Validation";

    /// <summary>A longer line is refused unread, so that memory stays constant.</summary>
    [Range(1024, 64 * 1024 * 1024, ErrorMessage = "Validation:MaxLineBytes must lie between 1024 and 67108864.")]
    public int MaxLineBytes { get; set; } = 1024 * 1024;

    /// <summary>About 20 bytes of memory are needed per line while a file is read.</summary>
    [Range(10, 20_000_000, ErrorMessage = "Validation:MaxLines must lie between 10 and 20000000.")]
    public int MaxLines { get; set; } = 2_000_000;

    /// <summary>OpenAI's limit of one training example; longer ones lose their end, which is the answer.</summary>
    [Range(1, int.MaxValue, ErrorMessage = "Validation:MaxExampleTokens must be at least 1.")]
    public int MaxExampleTokens { get; set; } = 65_536;

    /// <summary>Files that are read at the same time; each takes one core.</summary>
    [Range(1, 16, ErrorMessage = "Validation:Parallelism must lie between 1 and 16.")]
    public int Parallelism { get; set; } = 1;

    /// <summary>How often the loop looks for work without having been woken.</summary>
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromSeconds(2);
}

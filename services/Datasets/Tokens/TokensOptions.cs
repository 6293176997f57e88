using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>Section `Tokens`.</summary>
public sealed class TokensOptions
{
    public const string Section = "Tokens";

    /// <summary>How long a request waits for a version to be counted before it answers 503 with Retry-After; below what proxies and clients wait by default.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00", ErrorMessage = "Tokens:WaitAtMost must lie between one millisecond and ten minutes.")]
    public TimeSpan WaitAtMost { get; set; } = TimeSpan.FromSeconds(30);
}

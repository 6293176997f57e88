using System.Text.RegularExpressions;

namespace FineTuneAspire.Training.Jobs;

/// <summary>Our names of what jobs make: `ft:base:project:suffix:id`, and `…:ckpt-step-N` for a checkpoint.</summary>
internal static partial class ModelNaming
{
    public static string Model(Job job) =>
        $"ft:{job.BaseModel}:{Normalized(job.Project)}:{(job.Suffix is null ? "" : Normalized(job.Suffix))}:{job.Id[^12..]}";

    public static string Checkpoint(Job job, int step) => $"{Model(job)}:ckpt-step-{step}";

    /// <summary>Lower case, and a hyphen for whatever a model name cannot hold.</summary>
    public static string Normalized(string text) => Unusable().Replace(text.ToLowerInvariant(), "-");

    [GeneratedRegex("[^a-z0-9._-]")]
    private static partial Regex Unusable();
}

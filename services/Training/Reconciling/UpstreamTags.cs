namespace FineTuneAspire.Training.Reconciling;

/// <summary>The pairs by which a job is found again at its provider. The client's own metadata stays in our row.</summary>
internal static class UpstreamTags
{
    public const string Job = "fta_job";
    public const string Installation = "fta_install";
}

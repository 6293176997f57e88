namespace FineTuneAspire.Training.Jobs;

/// <summary>Where the job stands in the create protocol. What a client sees as `status` is derived from it and from what the provider last said.</summary>
public enum JobState
{
    /// <summary>Datasets has not answered yet. Client: `validating_files`.</summary>
    Validating,
    /// <summary>The files are good and no job exists at the provider. Client: `queued`.</summary>
    Ready,
    /// <summary>A create is about to be sent, is under way, or its process died. Client: `queued`.</summary>
    Creating,
    /// <summary>A create was sent and its outcome is not known; only the provider's list can tell. Client: `queued`.</summary>
    Unknown,
    /// <summary>The provider has the job. Client: what the provider says, never backwards.</summary>
    Submitted,
    Succeeded,
    Failed,
    Cancelled,
}

/// <summary>What the job's owner wants.</summary>
public enum DesiredState
{
    Run,
    Cancelled,
}

/// <summary>OpenAI's words.</summary>
public static class JobStatus
{
    public const string ValidatingFiles = "validating_files";
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Succeeded = "succeeded";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    public static bool IsTerminal(string status) => status is Succeeded or Failed or Cancelled;
}

namespace FineTuneAspire.Datasets.Files;

/// <summary>What a file is for, in OpenAI's words.</summary>
public static class FilePurpose
{
    public const string FineTune = "fine-tune";
    public const string FineTuneResults = "fine-tune-results";

    /// <summary>The purposes that any client may upload for.</summary>
    public static readonly IReadOnlyList<string> OfClients = [FineTune, "assistants", "batch", "user_data", "vision", "evals"];

    /// <summary>Result files are written by our own services only.</summary>
    public static bool MayUpload(string purpose, bool isInternal) => OfClients.Contains(purpose) || (isInternal && purpose == FineTuneResults);
}

namespace FineTuneAspire.LocalProvider.Files;

/// <summary>An uploaded or produced file; its bytes lie in <see cref="Persistence.DataFolder.Files"/> under the id.</summary>
public sealed class StoredFile
{
    public long Seq { get; private set; }
    public required string Id { get; init; }
    public required string Filename { get; init; }
    public required string Purpose { get; init; }
    public required long Bytes { get; init; }
    public required long CreatedAt { get; init; }
}

/// <summary>What may be uploaded, and what this process itself writes.</summary>
public static class Purposes
{
    public const string FineTune = "fine-tune";
    public const string FineTuneResults = "fine-tune-results";

    public static readonly string[] Accepted = [FineTune, "assistants", "batch", "user_data", "vision", "evals"];
}

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>OpenAI's file object. <c>status</c> is deprecated there and always <c>processed</c> here: bytes are kept as sent.</summary>
public sealed record FileObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "file";
    public required long Bytes { get; init; }
    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }
    public long? ExpiresAt { get; init; }
    public required string Filename { get; init; }
    public required string Purpose { get; init; }
    public string Status { get; init; } = "processed";
    public string? StatusDetails { get; init; }
}

/// <summary>OpenAI's list: <c>first_id</c> and <c>last_id</c> are null when the page is empty.</summary>
public sealed record FileList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<FileObject> Data { get; init; }
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public required bool HasMore { get; init; }
}

public sealed record FileDeleted(string Id, string Object, bool Deleted);

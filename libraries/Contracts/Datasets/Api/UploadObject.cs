using System.Text.Json.Serialization;

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>`POST /v1/uploads`: a file that comes in parts.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateUploadRequest
{
    public required string Filename { get; init; }
    public required string Purpose { get; init; }
    /// <summary>What the parts will sum to.</summary>
    public required long Bytes { get; init; }
    /// <summary>As OpenAI wants it; nothing depends on it.</summary>
    public string? MimeType { get; init; }
    public ExpiresAfterRequest? ExpiresAfter { get; init; }
}

/// <param name="Anchor">`created_at`.</param>
/// <param name="Seconds">3600 to 2592000.</param>
public sealed record ExpiresAfterRequest(string Anchor, int Seconds);

/// <summary>`POST /v1/uploads/{id}/complete`.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CompleteUploadRequest
{
    /// <summary>Required: in the order of the file.</summary>
    public IReadOnlyList<string>? PartIds { get; init; }
    /// <summary>Of the whole file, in hex.</summary>
    public string? Md5 { get; init; }
}

/// <summary>`status`: `pending`, `completed` (and then `file` is set), `cancelled` or `expired`.</summary>
public sealed record UploadObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "upload";
    public required long Bytes { get; init; }
    public required long CreatedAt { get; init; }
    public required long ExpiresAt { get; init; }
    public required string Filename { get; init; }
    public required string Purpose { get; init; }
    public required string Status { get; init; }
    public FileObject? File { get; init; }
}

public sealed record UploadPartObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "upload.part";
    public required long CreatedAt { get; init; }
    public required string UploadId { get; init; }
}

using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.ServiceDefaults;

namespace FineTuneAspire.Datasets.Uploads;

/// <summary>A file that comes in parts: `pending` until it is completed or cancelled, or its time is over.</summary>
public sealed class Upload
{
    public const string Pending = "pending";
    public const string Completed = "completed";
    public const string Cancelled = "cancelled";
    public const string Expired = "expired";
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private Upload() { }

    public string Id { get; private set; } = "";
    public string Project { get; private set; } = "";
    public string Filename { get; private set; } = "";
    public string Purpose { get; private set; } = "";
    /// <summary>What the parts must sum to.</summary>
    public long Bytes { get; private set; }
    public string Status { get; private set; } = Pending;
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset ExpiresAt { get; private set; }
    /// <summary>How long the file is kept after it was made, in seconds; null for ever.</summary>
    public int? FileExpiresAfter { get; private set; }
    public string? FileId { get; private set; }

    public static Upload Create(string project, CreateUploadRequest request, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new Upload
        {
            Id = PrefixedId.New("upload_", clock),
            Project = project,
            Filename = FileName.Safe(request.Filename),
            Purpose = request.Purpose,
            Bytes = request.Bytes,
            FileExpiresAfter = request.ExpiresAfter?.Seconds,
            CreatedAt = now,
            ExpiresAt = now + Lifetime,
        };
    }

    public string StatusAt(DateTimeOffset now) => Status == Pending && ExpiresAt <= now ? Expired : Status;

    public void Cancel() => Status = Cancelled;

    public void Complete(StoredFile file) => (Status, FileId) = (Completed, file.Id);

    public UploadObject ToObject(DateTimeOffset now, StoredFile? file = null) => new()
    {
        Id = Id,
        Bytes = Bytes,
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        ExpiresAt = ExpiresAt.ToUnixTimeSeconds(),
        Filename = Filename,
        Purpose = Purpose,
        Status = StatusAt(now),
        File = file?.ToObject(),
    };
}

/// <summary>One part, its bytes kept like a file's under their SHA-256.</summary>
public sealed class UploadPart
{
    private UploadPart() { }

    public string Id { get; private set; } = "";
    public string UploadId { get; private set; } = "";
    public string Sha256 { get; private set; } = "";
    public long Bytes { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }

    public static UploadPart Create(Upload upload, ContentHash content, TimeProvider clock) =>
        new() { Id = PrefixedId.New("part_", clock), UploadId = upload.Id, Sha256 = content.Sha256, Bytes = content.Bytes, CreatedAt = clock.GetUtcNow() };

    public UploadPartObject ToObject() => new() { Id = Id, CreatedAt = CreatedAt.ToUnixTimeSeconds(), UploadId = UploadId };
}

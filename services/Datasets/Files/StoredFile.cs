using System.Linq.Expressions;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults;

namespace FineTuneAspire.Datasets.Files;

/// <summary>One file object. Several may refer to the same bytes, which lie outside the database under their SHA-256.</summary>
public sealed class StoredFile
{
    private StoredFile() { }

    public string Id { get; private set; } = "";
    public string Project { get; private set; } = "";
    /// <summary>Lower-case hex.</summary>
    public string Sha256 { get; private set; } = "";
    public long Bytes { get; private set; }
    /// <summary>As the client named it, made safe by <see cref="FileName"/>; never part of a path.</summary>
    public string Filename { get; private set; } = "";
    public string Purpose { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? ExpiresAt { get; private set; }

    public static StoredFile Create(string project, ContentHash content, string filename, string purpose, TimeSpan? expiresAfter, TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return new StoredFile
        {
            Id = PrefixedId.New("file-", clock),
            Project = project,
            Sha256 = content.Sha256,
            Bytes = content.Bytes,
            Filename = FileName.Safe(filename),
            Purpose = purpose,
            CreatedAt = now,
            ExpiresAt = now + expiresAfter,
        };
    }

    /// <summary>The files a caller may see: its project's, less those whose time is over but which the sweep has not yet taken.</summary>
    public static Expression<Func<StoredFile, bool>> VisibleTo(string project, DateTimeOffset now) =>
        file => file.Project == project && (file.ExpiresAt == null || file.ExpiresAt > now);

    public FileObject ToObject() => new()
    {
        Id = Id,
        Bytes = Bytes,
        CreatedAt = CreatedAt.ToUnixTimeSeconds(),
        ExpiresAt = ExpiresAt?.ToUnixTimeSeconds(),
        Filename = Filename,
        Purpose = Purpose,
    };
}

/// <param name="Sha256">Lower-case hex.</param>
public readonly record struct ContentHash(string Sha256, long Bytes);

using System.Diagnostics;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>
/// Data to be fetched from elsewhere: from `queued` over `running` it ends, once, as `completed`, `failed` or `cancelled`. Until then the row
/// itself is the work (see <see cref="CollectLoop"/>).
/// </summary>
public sealed class Import
{
    public const string Queued = "queued";
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";

    /// <summary>After as many tries that ended in an exception or a dead process the import fails. What a source does wrong is no such try.</summary>
    public const int MaxAttempts = 8;

    private Import() { }

    public string Id { get; private set; } = "";
    public string Project { get; private set; } = "";
    public string Status { get; private set; } = Queued;
    public DateTimeOffset CreatedAt { get; private set; }
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>The request's `source` as JSON.</summary>
    public string SourceJson { get; private set; } = "";
    public string Purpose { get; private set; } = "";
    public string? Filename { get; private set; }

    /// <summary>What a watched folder has imported already, unique: folder, path, size and time of change. Null for an import that was asked for.</summary>
    public string? WatchKey { get; private set; }

    public long Bytes { get; private set; }
    public int Pages { get; private set; }
    /// <summary>Reasons and counts as JSON, or null.</summary>
    public string? SkippedJson { get; private set; }
    public List<string> Files { get; private set; } = [];
    public string? ErrorCode { get; private set; }
    public string? ErrorMessage { get; private set; }

    public int Attempts { get; private set; }
    public DateTimeOffset NextAttemptAt { get; private set; }
    public string? TraceParent { get; private set; }

    public bool HasEnded => Status is Completed or Failed or Cancelled;

    public ImportSource Source => JsonSerializer.Deserialize<ImportSource>(SourceJson, WireJson.Options)!;

    public static Import Create(string project, ImportSource source, string purpose, string? filename, TimeProvider clock, string? watchKey = null) => new()
    {
        Id = PrefixedId.New("imp_", clock),
        Project = project,
        CreatedAt = clock.GetUtcNow(),
        NextAttemptAt = clock.GetUtcNow(),
        SourceJson = JsonSerializer.Serialize(source, WireJson.Options),
        Purpose = purpose,
        Filename = filename,
        WatchKey = watchKey,
        TraceParent = Activity.Current?.Id,
    };

    /// <summary>Counts the try before it is made, so that one which kills its process counts too.</summary>
    public void BeginAttempt(TimeProvider clock)
    {
        if (HasEnded)
            throw new InvalidOperationException($"{Id} is {Status}.");
        Attempts++;
        (Status, Bytes, Pages, SkippedJson) = (Running, 0, 0, null);
        NextAttemptAt = clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(60, 1 << Math.Min(Attempts, 6)));
    }

    /// <returns>False when it has ended already, for example because it was cancelled meanwhile.</returns>
    public bool TryComplete(IEnumerable<StoredFile> files, Progress progress, TimeProvider clock)
    {
        if (!TryEnd(Completed, progress, clock))
            return false;
        Files = [.. files.Select(file => file.Id)];
        return true;
    }

    /// <inheritdoc cref="TryComplete"/>
    public bool TryFail(string code, string message, Progress? progress, TimeProvider clock)
    {
        if (!TryEnd(Failed, progress, clock))
            return false;
        (ErrorCode, ErrorMessage) = (code, message);
        return true;
    }

    /// <inheritdoc cref="TryComplete"/>
    public bool TryCancel(TimeProvider clock) => TryEnd(Cancelled, null, clock);

    private bool TryEnd(string status, Progress? progress, TimeProvider clock)
    {
        if (HasEnded)
            return false;
        (Status, EndedAt) = (status, clock.GetUtcNow());
        if (progress is not null)
            (Bytes, Pages, SkippedJson) = (progress.Bytes, progress.Pages, progress.SkippedJson);
        return true;
    }

    public ImportObject ToObject()
    {
        var skipped = SkippedJson is null ? [] : JsonSerializer.Deserialize<SortedDictionary<string, int>>(SkippedJson)!;
        return new ImportObject
        {
            Id = Id,
            Status = Status,
            Source = Source,
            Purpose = Purpose,
            CreatedAt = CreatedAt.ToUnixTimeSeconds(),
            EndedAt = EndedAt?.ToUnixTimeSeconds(),
            Progress = new ImportProgress(Bytes, Pages, skipped.Values.Sum(), skipped),
            Files = Files,
            Error = ErrorCode is { } code ? new ImportError(code, ErrorMessage!) : null,
        };
    }
}

/// <summary>What a try has fetched so far.</summary>
public sealed class Progress
{
    private readonly SortedDictionary<string, int> skipped = new(StringComparer.Ordinal);

    public long Bytes { get; set; }
    public int Pages { get; set; }
    public IReadOnlyDictionary<string, int> Skipped => skipped;
    public string? SkippedJson => skipped.Count == 0 ? null : JsonSerializer.Serialize(skipped);

    /// <param name="reason">A stable word.</param>
    public void Skip(string reason) => skipped[reason] = skipped.GetValueOrDefault(reason) + 1;
}

/// <summary>The source is not as it must be; the message says what to do, for a person. The import fails with it and is not tried again.</summary>
/// <param name="code">A stable word.</param>
public sealed class ImportException(string code, string message) : Exception(message)
{
    public string Code => code;
}

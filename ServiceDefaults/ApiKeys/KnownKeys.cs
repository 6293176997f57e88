using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.ServiceDefaults.ApiKeys;

/// <summary>
/// The keys of projects: those of the configuration and those of the file `ApiKeys:File`. The file may come later, change and go; it is
/// looked at again at most once a second, when a key is asked for (watching it does not work on every kind of mount). While it
/// cannot be read the keys last read stay valid.
/// </summary>
internal sealed partial class KnownKeys(IOptionsMonitor<ApiKeysOptions> options, TimeProvider clock, ILogger<KnownKeys> logger)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };
    private readonly Lock _gate = new();
    private (DateTime Written, long Length)? _stamp;
    private long? _lookedAt;
    private List<ProjectKey> _fromFile = [];

    public IEnumerable<ProjectKey> All => options.CurrentValue.Keys.Concat(FromFile());

    private List<ProjectKey> FromFile()
    {
        if (options.CurrentValue.File is not { Length: > 0 } path)
            return [];
        lock (_gate)
        {
            if (_lookedAt is { } before && clock.GetElapsedTime(before) < LookAgainAfter)
                return _fromFile;
            _lookedAt = clock.GetTimestamp();
            var file = new FileInfo(path);
            (DateTime, long)? stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : null;
            if (stamp != _stamp)
                Read(path, stamp);
            return _fromFile;
        }
    }

    private void Read(string path, (DateTime, long)? stamp)
    {
        try
        {
            _fromFile = stamp is null ? [] : JsonSerializer.Deserialize<KeyFile>(File.ReadAllBytes(path), Json)?.ApiKeys?.Keys ?? [];
            LogRead(path, _fromFile.Count);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            LogUnreadable(path, exception.Message);
        }

        _stamp = stamp;
    }

    private sealed record KeyFile(KeyList? ApiKeys);

    private sealed record KeyList(List<ProjectKey>? Keys);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Path} holds {Count} API keys")]
    private partial void LogRead(string path, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Path} cannot be read as {{\"ApiKeys\":{{\"Keys\":[…]}}}} and is ignored until it changes; the keys read before stay valid: {Error}")]
    private partial void LogUnreadable(string path, string error);
}

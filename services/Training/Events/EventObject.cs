using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;

namespace FineTuneAspire.Training.Events;

internal static class EventObject
{
    public static FineTuningJobEvent From(JobEvent row) => new()
    {
        Id = row.Id,
        CreatedAt = row.CreatedAt.ToUnixTimeSeconds(),
        Level = row.Level,
        Message = row.Message,
        Type = row.Type,
        Data = row.Data is null ? null : JsonSerializer.Deserialize<JsonElement>(row.Data),
    };
}

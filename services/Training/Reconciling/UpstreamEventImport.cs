using System.Text.Json;
using System.Text.RegularExpressions;
using FineTuneAspire.ModelProvider.FineTuning;
using FineTuneAspire.ServiceDefaults;
using FineTuneAspire.Training.Events;
using FineTuneAspire.Training.Jobs;
using FineTuneAspire.Training.Metrics;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Reconciling;

/// <summary>The provider's events as ours: numbered, with our ids in place of its own, and their metrics kept as numbers too.</summary>
internal static partial class UpstreamEventImport
{
    /// <summary>The rows of the steps that the events report again.</summary>
    public static async Task<Dictionary<int, StepMetrics>> LoadMetricsAsync(LeasedJob leased, IReadOnlyList<UpstreamEvent> events, CancellationToken cancellationToken)
    {
        int[] steps = [.. events.Select(StepOf).OfType<int>().Distinct()];
        return steps.Length == 0 ? [] : await leased.Db.Metrics.AsNoTracking().Where(m => m.JobId == leased.Job.Id && steps.Contains(m.Step)).ToDictionaryAsync(m => m.Step, cancellationToken);
    }

    /// <param name="events">Oldest first, none of them stored yet.</param>
    /// <param name="metrics">From <see cref="LoadMetricsAsync"/>.</param>
    public static void Add(LeasedJob leased, Job job, IReadOnlyList<UpstreamEvent> events, Dictionary<int, StepMetrics> metrics)
    {
        foreach (var known in metrics.Values)
            leased.Db.Metrics.Attach(known);
        foreach (var item in events)
        {
            leased.Db.Events.Add(new JobEvent
            {
                JobId = job.Id,
                Seq = job.NextEventSeq(),
                Id = PrefixedId.New("ftevent-", leased.Clock),
                UpstreamId = item.Id,
                CreatedAt = At(item.CreatedAt),
                Level = item.Level is "info" or "warn" or "error" ? item.Level : "info",
                Message = WithOurIds(job, item.Message),
                Type = item.Type,
                Data = item.Data is { } data ? WithOurIds(job, data.GetRawText()) : null,
            });
            if (StepOf(item) is not { } step)
                continue;
            if (!metrics.TryGetValue(step, out var row))
            {
                metrics[step] = row = new StepMetrics { JobId = job.Id, Step = step };
                leased.Db.Metrics.Add(row);
            }

            Fill(row, item.Data!.Value);
        }
    }

    /// <summary>Unix seconds; a provider's nonsense becomes the epoch rather than an error.</summary>
    public static DateTimeOffset At(long seconds) => seconds is >= 0 and < 253402300800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.UnixEpoch;

    public static string WithOurIds(Job job, string text)
    {
        // PostgreSQL's text holds everything but U+0000.
        var ours = text.Replace("\0", "", StringComparison.Ordinal).Replace(job.UpstreamId!, job.Id, StringComparison.Ordinal);
        foreach (var file in new[] { job.TrainingFile, job.ValidationFile }.OfType<JobFile>().Where(file => file.UpstreamId is { Length: > 0 }))
            ours = ours.Replace(file.UpstreamId!, file.Id, StringComparison.Ordinal);
        return TunedModel().Replace(ours, match => ModelNaming.Model(job) + match.Groups["checkpoint"].Value);
    }

    private static int? StepOf(UpstreamEvent item) => item is { Type: "metrics", Data: { } data } && Number(data, "step") is >= 0 and <= int.MaxValue and var step ? (int)step : null;

    private static void Fill(StepMetrics row, JsonElement data)
    {
        row.TotalSteps = Number(data, "total_steps") is >= 0 and <= int.MaxValue and var total ? (int)total : row.TotalSteps;
        row.TrainLoss = Number(data, "train_loss") ?? row.TrainLoss;
        row.TrainMeanTokenAccuracy = Number(data, "train_mean_token_accuracy") ?? row.TrainMeanTokenAccuracy;
        row.ValidLoss = Number(data, "valid_loss") ?? row.ValidLoss;
        row.ValidMeanTokenAccuracy = Number(data, "valid_mean_token_accuracy") ?? row.ValidMeanTokenAccuracy;
        row.FullValidLoss = Number(data, "full_valid_loss") ?? row.FullValidLoss;
        row.FullValidMeanTokenAccuracy = Number(data, "full_valid_mean_token_accuracy") ?? row.FullValidMeanTokenAccuracy;
    }

    private static double? Number(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number : null;

    [GeneratedRegex(@"\bft:[A-Za-z0-9._:/-]*?(?<checkpoint>:ckpt-step-\d+)?(?![A-Za-z0-9._:/-])")]
    private static partial Regex TunedModel();
}

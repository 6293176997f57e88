using System.Globalization;
using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace FineTuneAspire.Demo;

/// <summary>Shows a job's events as they arrive and draws its loss curve when it has ended.</summary>
internal sealed class JobProgress(IAnsiConsole console)
{
    private const int Columns = 60;
    private const string Bars = " ▁▂▃▄▅▆▇█";

    private readonly List<double> training = [];
    private readonly List<(int Epoch, double Loss)> validation = [];

    public async Task<IRenderable> FollowAsync(IAsyncEnumerable<FineTuningJobEvent> events)
    {
        await console.Progress().Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn()).StartAsync(async progress =>
        {
            var bar = progress.AddTask("waiting for the first step");
            await foreach (var occurred in events)
            {
                if (occurred is { Type: "metrics", Data: { } data })
                    Record(data, bar);
                else
                    console.MarkupLineInterpolated($"  [grey]{occurred.Message}[/]");
            }
        });
        return Curve();
    }

    private void Record(JsonElement data, ProgressTask bar)
    {
        var step = data.GetProperty("step").GetInt32();
        if (Number(data, "train_loss") is { } loss)
        {
            training.Add(loss);
            bar.Description = string.Create(CultureInfo.InvariantCulture, $"step {step}, training loss {loss:0.000}");
        }

        if (Number(data, "full_valid_loss") is { } full)
            validation.Add((validation.Count + 1, full));
        if (Number(data, "total_steps") is > 0 and var total)
            bar.Value = 100 * step / total;
    }

    private Rows Curve()
    {
        var rows = new List<IRenderable> { new Text($"  training loss   {Spark(training)}  {Ends(training)}") };
        if (validation.Count > 0)
        {
            var losses = validation.Select(point => point.Loss).ToList();
            rows.Add(new Text($"  validation loss {Spark(losses)}  {Ends(losses)}"));
        }

        return new Rows(rows);
    }

    /// <summary>One character a bucket of steps; the height is the mean loss of the bucket on a scale from 0 to the highest.</summary>
    private static string Spark(List<double> losses)
    {
        if (losses.Count == 0)
            return "";
        var buckets = losses.Count <= Columns ? losses : Enumerable.Range(0, Columns)
            .Select(column => losses[(column * losses.Count / Columns)..((column + 1) * losses.Count / Columns)].Average()).ToList();
        var top = Math.Max(buckets.Max(), 1e-9);
        return string.Concat(buckets.Select(loss => Bars[Math.Clamp((int)Math.Ceiling(loss / top * (Bars.Length - 1)), 0, Bars.Length - 1)]));
    }

    private static string Ends(List<double> losses) =>
        losses.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{losses[0]:0.00} → {losses[^1]:0.00}");

    private static double? Number(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}

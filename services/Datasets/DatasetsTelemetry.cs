using System.Diagnostics;
using System.Diagnostics.Metrics;
using FineTuneAspire.Datasets.Collecting;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets;

/// <summary>Spans and metrics of this service. They carry ids and counts, never a word of a file.</summary>
internal static class DatasetsTelemetry
{
    public const string Name = "FineTuneAspire.Datasets";
    public static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Files = Meter.CreateCounter<long>("fta.validation.files", "{file}", "Training, validation and test files read.");
    private static readonly Counter<long> Examples = Meter.CreateCounter<long>("fta.validation.examples", "{example}", "Lines found to be good examples.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram("fta.validation.duration", "s", "Time to read one file or dataset.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 300] });

    private static readonly Counter<long> ImportedBytes = Meter.CreateCounter<long>("fta.import.bytes", "By", "Bytes fetched by imports that ended.");
    private static readonly Counter<long> ImportedPages = Meter.CreateCounter<long>("fta.import.pages", "{page}", "Pages and objects looked at by imports that ended.");

    /// <summary>A span in the trace of the request that asked, which ended long before: the row kept its context.</summary>
    public static Activity? StartValidation(string name, string? traceParent)
    {
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent);
        return Source.StartActivity(name, ActivityKind.Internal, parent);
    }

    public static void Record(Activity? span, IEnumerable<FileValidation> files)
    {
        var (count, lines, examples, tokens, errors) = (0, 0, 0, 0L, 0);
        foreach (var file in files)
        {
            (count, lines, examples, tokens, errors) = (count + 1, lines + file.Lines, examples + file.Examples, tokens + file.Tokens, errors + file.Problems.ErrorCount);
            Files.Add(1, new KeyValuePair<string, object?>("fta.outcome", file.IsValid ? "valid" : "invalid"));
            Examples.Add(file.Examples);
        }

        span?.SetTag("fta.files", count).SetTag("fta.lines", lines).SetTag("fta.examples", examples).SetTag("fta.tokens", tokens).SetTag("fta.errors", errors);
    }

    public static void RecordImport(Activity? span, string type, Progress progress)
    {
        span?.SetTag("fta.import.bytes", progress.Bytes).SetTag("fta.import.pages", progress.Pages).SetTag("fta.import.skipped", progress.Skipped.Values.Sum());
        ImportedBytes.Add(progress.Bytes, new KeyValuePair<string, object?>("fta.import.type", type));
        ImportedPages.Add(progress.Pages, new("fta.import.type", type), new("fta.outcome", "taken"));
        foreach (var (reason, count) in progress.Skipped)
            ImportedPages.Add(count, new("fta.import.type", type), new("fta.outcome", reason));
    }

    public static void RecordDuration(TimeSpan elapsed, string work) => Duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("fta.work", work));
}

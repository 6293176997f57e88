using System.Text.Json;
using System.Text.Json.Serialization;

namespace FineTuneAspire.Demo;

/// <summary>What `.data/demo.json` holds: the figures of one run, for programs.</summary>
internal sealed record DemoResult(
    DemoJob Job, DemoExamples Examples, DemoScore Base, DemoScore Tuned, DemoTrace Trace, double Seconds, double TrainingSeconds)
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public async Task WriteAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.Create(file);
        await JsonSerializer.SerializeAsync(stream, this, Options, cancellationToken);
    }
}

internal sealed record DemoJob(string Id, string Status, string? Model);

internal sealed record DemoExamples(int Train, int Validation, int Test);

/// <param name="ExactMatch">Share of test sentences whose pattern occurs in training, 0 to 1.</param>
/// <param name="UnseenTemplates">Share of test sentences whose pattern never occurs in training.</param>
/// <param name="AllTest">Share of the whole test split, both kinds together.</param>
/// <param name="Interval95">95 % interval of <paramref name="AllTest"/>.</param>
internal sealed record DemoScore(double ExactMatch, double UnseenTemplates, double AllTest, [property: JsonPropertyName("interval_95")] IReadOnlyList<double> Interval95);

/// <param name="Services">The processes that took part in creating and running the job, over the request's trace and the traces linked to it.</param>
internal sealed record DemoTrace(string Id, IReadOnlyList<string> Services, int Spans);

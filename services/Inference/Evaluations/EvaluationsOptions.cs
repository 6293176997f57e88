using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>Section `Evaluations`.</summary>
public sealed class EvaluationsOptions
{
    public const string Section = "Evaluations";

    /// <summary>Questions in the air at once, per evaluation.</summary>
    [Range(1, 64, ErrorMessage = "Evaluations:Concurrency must lie between 1 and 64.")]
    public int Concurrency { get; set; } = 4;

    /// <summary>Evaluations this process runs at once.</summary>
    [Range(1, 16, ErrorMessage = "Evaluations:Workers must lie between 1 and 16.")]
    public int Workers { get; set; } = 2;

    /// <summary>How long a worker that died keeps others from going on.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00", ErrorMessage = "Evaluations:Lease must lie between one second and ten minutes.")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a worker that nobody wakes looks for work.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00", ErrorMessage = "Evaluations:PollInterval must lie between 50 ms and ten minutes.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Pauses between the tries of one question, beyond those the provider's client makes itself.</summary>
    public TimeSpan[] Retries { get; set; } = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)];

    /// <summary>So many questions in a row without an answer from a model end the evaluation: its provider is away.</summary>
    [Range(1, 1000, ErrorMessage = "Evaluations:FailuresInARow must lie between 1 and 1000.")]
    public int FailuresInARow { get; set; } = 10;
}

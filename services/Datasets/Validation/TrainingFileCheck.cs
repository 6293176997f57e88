using System.Diagnostics;
using FineTuneAspire.Contracts.Datasets.Messages;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>A job's files that are still to be read. The row is gone when the answer is in the outbox.</summary>
public sealed class TrainingFileCheck : IValidationWork
{
    private TrainingFileCheck() { }

    public string JobId { get; private set; } = "";
    public string Project { get; private set; } = "";
    public string TrainingFile { get; private set; } = "";
    public string? ValidationFile { get; private set; }

    /// <summary>As the job names it (see <see cref="TrainingMethods"/>); it may be unknown here.</summary>
    public string Method { get; private set; } = "";
    public DateTimeOffset CreatedAt { get; private set; }
    public int Attempts { get; private set; }
    public DateTimeOffset NextAttemptAt { get; private set; }
    public string? TraceParent { get; private set; }

    public static TrainingFileCheck Create(ValidateTrainingFile command, TimeProvider clock) => new()
    {
        JobId = command.JobId,
        Project = command.Project,
        TrainingFile = command.TrainingFile,
        ValidationFile = command.ValidationFile,
        Method = command.Method,
        CreatedAt = clock.GetUtcNow(),
        NextAttemptAt = clock.GetUtcNow(),
        TraceParent = Activity.Current?.Id,
    };

    public void BeginAttempt(TimeProvider clock) => (Attempts, NextAttemptAt) = (Attempts + 1, clock.GetUtcNow() + IValidationWork.Backoff(Attempts + 1));
}

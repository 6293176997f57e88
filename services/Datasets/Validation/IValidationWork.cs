namespace FineTuneAspire.Datasets.Validation;

/// <summary>A row that asks for files to be read. Whatever happens to a process, the row is found again.</summary>
public interface IValidationWork
{
    /// <summary>After as many tries that ended in an exception or a dead process the work is given up with an error that says so.</summary>
    const int MaxAttempts = 8;

    DateTimeOffset CreatedAt { get; }
    int Attempts { get; }
    DateTimeOffset NextAttemptAt { get; }

    /// <summary>The trace of the request that asked for it.</summary>
    string? TraceParent { get; }

    /// <summary>Counts the try before it is made, so that one which kills its process counts too.</summary>
    void BeginAttempt(TimeProvider clock);

    static TimeSpan Backoff(int attempt) => TimeSpan.FromSeconds(Math.Min(60, 1 << Math.Min(attempt, 6)));
}

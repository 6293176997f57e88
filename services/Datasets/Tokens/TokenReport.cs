namespace FineTuneAspire.Datasets.Tokens;

/// <summary>The counts of a version, kept because its files never change. Numbers only, nothing of a line.</summary>
public sealed class TokenReport
{
    private TokenReport() { }

    public string DatasetId { get; private set; } = "";
    public int Number { get; private set; }

    /// <summary><see cref="TokenCounters.Fingerprint"/> at the time of counting.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary><see cref="TokenCounts"/> as JSON.</summary>
    public string Counts { get; private set; } = "";

    public DateTimeOffset CountedAt { get; private set; }
}

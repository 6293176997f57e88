namespace FineTuneAspire.Datasets.Reports;

/// <summary>The figures of a version's report, kept because its files never change.</summary>
public sealed class QualityReport
{
    private QualityReport() { }

    public string DatasetId { get; private set; } = "";
    public int Number { get; private set; }

    /// <summary>Of the way of computing them: figures of another edition are computed anew.</summary>
    public int Edition { get; private set; }

    /// <summary>As JSON.</summary>
    public string Figures { get; private set; } = "";

    public DateTimeOffset ComputedAt { get; private set; }
}

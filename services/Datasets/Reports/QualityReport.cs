namespace FineTuneAspire.Datasets.Reports;

/// <summary>The figures of a version's report, kept because its files never change, and as long as they are there.</summary>
public sealed class QualityReport
{
    private QualityReport() { }

    public string DatasetId { get; private set; } = "";
    public int Number { get; private set; }

    /// <summary>Of the way of computing them: figures of another edition are computed anew.</summary>
    public int Edition { get; private set; }

    /// <summary><see cref="Contracts.Datasets.Api.DatasetFigures"/> as JSON.</summary>
    public string Figures { get; private set; } = "";

    public DateTimeOffset ComputedAt { get; private set; }
}

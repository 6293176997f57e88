namespace FineTuneAspire.Training.Metrics;

/// <summary>What a job reported for one step. A number is null where the provider did not compute it; the full_valid ones come at the ends of epochs.</summary>
public sealed class StepMetrics
{
    public required string JobId { get; init; }
    public required int Step { get; init; }
    public int? TotalSteps { get; set; }
    public double? TrainLoss { get; set; }
    public double? TrainMeanTokenAccuracy { get; set; }
    public double? ValidLoss { get; set; }
    public double? ValidMeanTokenAccuracy { get; set; }
    public double? FullValidLoss { get; set; }
    public double? FullValidMeanTokenAccuracy { get; set; }
}

namespace FineTuneAspire.Contracts.Inference.Messages;

/// <summary>Command to Inference itself: go on with an evaluation. Holds no state: the rows say what is left to do.</summary>
public sealed record RunEvaluation(string EvaluationId);

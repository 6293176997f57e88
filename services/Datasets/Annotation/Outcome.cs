namespace FineTuneAspire.Datasets.Annotation;

/// <summary>What an item's decisions come to.</summary>
/// <param name="Decision">The one that counts for the row; null while it is open or disputed.</param>
public sealed record Outcome(string Status, AnnotationDecision? Decision)
{
    public const string Open = "open";
    public const string Agreed = "agreed";
    public const string Disputed = "disputed";
    public const string Adjudicated = "adjudicated";

    /// <param name="decisions">Of the item, in the order in which they were made.</param>
    public static Outcome Of(IReadOnlyList<string> annotators, IReadOnlyList<AnnotationDecision> decisions)
    {
        if (decisions.LastOrDefault(decision => decision.Adjudication) is { } settled)
            return new Outcome(Adjudicated, settled);
        var counting = Counting(annotators, decisions);
        if (counting.Count < annotators.Count)
            return new Outcome(Open, null);
        return counting.Select(decision => (decision.Verdict, decision.Content, decision.Label)).Distinct().Count() == 1 ? new Outcome(Agreed, counting[0]) : new Outcome(Disputed, null);
    }

    /// <summary>Each annotator's newest decision, where there is one.</summary>
    public static IReadOnlyList<AnnotationDecision> Counting(IReadOnlyList<string> annotators, IReadOnlyList<AnnotationDecision> decisions) =>
        [.. annotators.Select(annotator => decisions.LastOrDefault(decision => !decision.Adjudication && decision.Annotator == annotator)).OfType<AnnotationDecision>()];
}

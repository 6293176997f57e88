namespace FineTuneAspire.LocalModel;

/// <summary>One sequence to learn from.</summary>
/// <param name="Tokens">The whole sequence.</param>
/// <param name="Trained">As long as <paramref name="Tokens"/>: true where the token is to be predicted from those before it. The first is never trained.</param>
public sealed record TrainingExample(int[] Tokens, bool[] Trained)
{
    public int TrainedTokens => Trained.Count(trained => trained);
}

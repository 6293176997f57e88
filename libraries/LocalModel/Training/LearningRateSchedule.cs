namespace FineTuneAspire.LocalModel;

/// <summary>How the rate falls after the warm-up.</summary>
public enum RateDecay { Linear, Cosine }

/// <summary>Rises evenly over the warm-up steps to the peak, then falls to <paramref name="Floor"/> times the peak at the last step.</summary>
public sealed record LearningRateSchedule(double Peak, int WarmUpSteps, int TotalSteps, RateDecay Decay, double Floor = 0)
{
    /// <param name="step">From 1 to <see cref="TotalSteps"/>.</param>
    public double At(int step)
    {
        if (step <= WarmUpSteps) return Peak * step / WarmUpSteps;
        var gone = (double)(step - WarmUpSteps) / Math.Max(1, TotalSteps - WarmUpSteps);
        var left = Decay == RateDecay.Linear ? 1 - gone : 0.5 * (1 + Math.Cos(Math.PI * gone));
        return Peak * (Floor + (1 - Floor) * left);
    }
}

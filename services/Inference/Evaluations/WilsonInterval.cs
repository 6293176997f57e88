namespace FineTuneAspire.Inference.Evaluations;

/// <summary>
/// The score interval of E. B. Wilson (1927) for a share: unlike p ± 1.96·√(p(1−p)/n) it stays within [0, 1] and says something
/// also where all answers are right or all wrong.
/// </summary>
internal static class WilsonInterval
{
    /// <summary>Two-sided 95 % of the normal distribution.</summary>
    private const double Z = 1.959963984540054;

    /// <returns>[low, high], or null where nothing was counted.</returns>
    public static IReadOnlyList<double>? At95(int correct, int total)
    {
        if (total == 0)
            return null;
        double n = total, share = correct / n;
        var shrink = 1 + Z * Z / n;
        var centre = (share + Z * Z / (2 * n)) / shrink;
        var half = Z / shrink * Math.Sqrt(share * (1 - share) / n + Z * Z / (4 * n * n));
        // Rounding would leave 1e-17 beside the exact ends.
        return [correct == 0 ? 0 : Math.Max(0, centre - half), correct == total ? 1 : Math.Min(1, centre + half)];
    }
}

namespace FineTuneAspire.Pricing;

/// <summary>Who chooses the number of epochs when a job says `auto`.</summary>
public enum AutoEpochs
{
    /// <summary>OpenAI's server; its Cookbook publishes this estimate, and the server may differ.</summary>
    Cookbook,

    /// <summary>The local provider: exactly what its trainer does (a test holds the two together).</summary>
    LocalProvider,
}

public static class AutoEpochsRules
{
    /// <param name="examples">Of the training file; at least 1.</param>
    public static int EpochsFor(this AutoEpochs rule, int examples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(examples);
        return rule switch
        {
            AutoEpochs.Cookbook => Cookbook(examples),
            AutoEpochs.LocalProvider => Math.Clamp((int)Math.Round(6 + 1800.0 / examples), 6, 30),
            _ => throw new ArgumentOutOfRangeException(nameof(rule)),
        };
    }

    /// <summary>Three epochs, but enough that some 100 examples are seen, and so few that no more than some 25,000 are.</summary>
    private static int Cookbook(int examples)
    {
        const int Target = 3;
        const int FewestSeen = 100;
        const int MostSeen = 25_000;
        const int Most = 25;
        if (examples * (long)Target < FewestSeen)
            return Math.Min(Most, FewestSeen / examples);
        return examples * (long)Target > MostSeen ? Math.Max(1, MostSeen / examples) : Target;
    }
}

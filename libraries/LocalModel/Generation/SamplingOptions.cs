namespace FineTuneAspire.LocalModel;

/// <summary>How to choose tokens.</summary>
public sealed record SamplingOptions
{
    /// <summary>0 always takes the likeliest token; 1 samples the model's own distribution; up to 2.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Sample among the likeliest tokens that together have this probability, in (0, 1].</summary>
    public double TopP { get; init; } = 1;

    /// <summary>The most tokens to generate; null for as many as the context holds.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>The same seed, messages and model give the same answer.</summary>
    public long Seed { get; init; }

    /// <summary>Texts that end the answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    internal SamplingOptions Checked()
    {
        if (!(Temperature is >= 0 and <= 2)) throw new ArgumentOutOfRangeException(nameof(Temperature), Temperature, "Temperature must be from 0 to 2.");
        if (!(TopP is > 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(TopP), TopP, "TopP must be above 0 and at most 1.");
        if (MaxTokens is < 1) throw new ArgumentOutOfRangeException(nameof(MaxTokens), MaxTokens, "MaxTokens must be at least 1.");
        if (Stop.Any(string.IsNullOrEmpty)) throw new ArgumentException("A stop text must not be empty.", nameof(Stop));
        return this;
    }
}

/// <summary>Why an answer ended: the model ended it or a stop text came (Stop), or it ran out of tokens (Length).</summary>
public enum FinishReason { Stop, Length }

/// <summary>A piece of an answer.</summary>
/// <param name="Text">May be empty, while bytes of a character or a possible stop text are pending.</param>
/// <param name="Finish">Null until the last piece.</param>
/// <param name="CompletionTokens">Generated so far, the end token included.</param>
public sealed record GeneratedToken(string Text, FinishReason? Finish, int PromptTokens, int CompletionTokens);

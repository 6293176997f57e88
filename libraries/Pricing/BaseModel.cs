namespace FineTuneAspire.Pricing;

/// <summary>What is known of a base model before a job is created: one entry of `data/base-models.json`.</summary>
public sealed record BaseModel
{
    public required string Id { get; init; }

    /// <summary>`local`, `openai`, …: the name of a provider in the configuration.</summary>
    public required string Provider { get; init; }

    /// <summary>`supervised`, `dpo`, `reinforcement`.</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>`o200k_base`, `cl100k_base`, or the id of a local base whose own tokenizer counts.</summary>
    public required string Encoding { get; init; }

    public required AutoEpochs AutoEpochs { get; init; }

    /// <summary>What an example may hold beside roles and texts: `names`, `tools`, `images`.</summary>
    public required IReadOnlyList<string> Accepts { get; init; }

    public required ModelPrices Prices { get; init; }
    public required ModelLimits Limits { get; init; }

    /// <summary>The first day on which a new job is refused; null when none is known.</summary>
    public required DateOnly? TrainingEnds { get; init; }

    /// <summary>The day on which the model and what was tuned from it stop answering; null when none is known.</summary>
    public required DateOnly? ShutdownDate { get; init; }

    public bool IsTrainable(DateOnly today) => TrainingEnds is not { } end || today < end;

    /// <param name="tokensPerEpoch">What one pass over the training file bills: see <see cref="ModelLimits.CutAt"/>.</param>
    /// <returns>Null where training is not billed by the token.</returns>
    public decimal? TrainingCost(long tokensPerEpoch, int epochs) => Prices.Training * tokensPerEpoch * epochs / 1_000_000m;
}

/// <summary>Per million tokens, except <see cref="TrainingPerHour"/>. Null: not billed so.</summary>
public sealed record ModelPrices
{
    public required decimal? Training { get; init; }
    public required decimal? TrainingPerHour { get; init; }
    public required decimal Input { get; init; }
    public required decimal? CachedInput { get; init; }
    public required decimal Output { get; init; }
}

public sealed record ModelLimits
{
    /// <summary>Null when no limit is known.</summary>
    public required int? TokensPerExample { get; init; }

    public required LongerExamples LongerExamples { get; init; }
    public required int MinExamples { get; init; }
    public required int MaxEpochs { get; init; }

    public bool IsOver(int tokens) => tokens > TokensPerExample;

    /// <summary>Where longer examples lose their end, which is then not paid either; null where nothing is cut.</summary>
    public int? CutAt => LongerExamples == LongerExamples.Truncated ? TokensPerExample : null;
}

/// <summary>What a provider does with an example over the limit.</summary>
public enum LongerExamples
{
    /// <summary>Cut at the limit, so that its end, mostly the answer, is lost.</summary>
    Truncated,

    /// <summary>The file is refused, and so the job fails.</summary>
    Refused,
}

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>`GET /v1/datasets/{id}/versions/{n}/tokens`: how long the examples are, and what training on them would cost on each base model.</summary>
public sealed record DatasetTokens
{
    public string Object { get; init; } = "dataset.tokens";
    public required string DatasetId { get; init; }
    public required int Version { get; init; }
    public required PartTokens? Training { get; init; }
    public required PartTokens? Validation { get; init; }
    public required PartTokens? Test { get; init; }
    /// <summary>The day on which prices and dates were looked up, `YYYY-MM-DD`.</summary>
    public required string PricesAsOf { get; init; }
    public required string Currency { get; init; }
    public required IReadOnlyList<ModelTokens> Models { get; init; }
}

/// <summary>One file of a version.</summary>
public sealed record PartTokens
{
    public required string File { get; init; }
    public required int Examples { get; init; }
    /// <summary>Messages of an example.</summary>
    public required TokenDistribution Turns { get; init; }
    public required IReadOnlyList<EncodingTokens> Tokens { get; init; }
}

/// <param name="Encoding">`o200k_base`, `cl100k_base`, or the id of a local base.</param>
public sealed record EncodingTokens(string Encoding, long Total, int Min, int P5, int P50, int P95, int Max);

/// <summary>A version's training part on one base model. An estimate: the provider's own count decides.</summary>
public sealed record ModelTokens
{
    public required string Id { get; init; }
    public required string Provider { get; init; }
    public required IReadOnlyList<string> Methods { get; init; }
    public required string Encoding { get; init; }
    /// <summary>Whether the provider takes new jobs for it today; `training_ends` is the first day on which it does not.</summary>
    public required bool Trainable { get; init; }
    public required string? TrainingEnds { get; init; }
    public required string? ShutdownDate { get; init; }
    /// <summary>Null when no limit is known.</summary>
    public required int? TokensPerExample { get; init; }
    public required FittingExamples? Training { get; init; }
    public required FittingExamples? Validation { get; init; }
    /// <summary>What `n_epochs: "auto"` would choose; null without a training part.</summary>
    public required int? NEpochs { get; init; }
    /// <summary>Tokens of the training part, each example cut at the limit where the provider cuts it.</summary>
    public required long TokensPerEpoch { get; init; }
    /// <summary>`tokens_per_epoch` × `n_epochs`. Validation tokens are not billed.</summary>
    public required long? BilledTokens { get; init; }
    /// <summary>Per million tokens; null where training is billed by the hour.</summary>
    public required decimal? TrainingPrice { get; init; }
    public required decimal? Cost { get; init; }
    /// <summary>What stands in the way of a job on this model, or is lost in it, in sentences.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <summary>What becomes of a part's examples; `kept` + `truncated` + `refused` + `unsupported` are all of them.</summary>
/// <param name="Truncated">Over the limit and cut at their end.</param>
/// <param name="AnswerCutOff">Those of them that lose part or all of an answer that is to be learnt.</param>
/// <param name="Refused">Over the limit of a provider that then refuses the file.</param>
/// <param name="Unsupported">With names, tools or images that the model cannot be trained on.</param>
public sealed record FittingExamples(int Kept, int Truncated, int AnswerCutOff, int Refused, int Unsupported);

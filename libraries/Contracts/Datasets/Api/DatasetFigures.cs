namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>What a version's parts are made of. Where text of the dataset is quoted it is cut to at most 160 characters.</summary>
public sealed record DatasetFigures
{
    /// <summary>`supervised`, `dpo` or `reinforcement`.</summary>
    public required string Method { get; init; }
    public required SplitCounts Examples { get; init; }
    public required LabelFigures Labels { get; init; }
    public required IReadOnlyList<RoleFigures> Roles { get; init; }
    public required LengthFigures Lengths { get; init; }
    public required DuplicateFigures Duplicates { get; init; }
    public required DiversityFigures Diversity { get; init; }
    public required ConsistencyFigures Consistency { get; init; }
    public required SystemPromptFigures SystemPrompts { get; init; }
    /// <summary>Null but for `dpo`.</summary>
    public required PreferenceFigures? Preferences { get; init; }
    /// <summary>What a person should look at, the gravest first.</summary>
    public required IReadOnlyList<Suggestion> Suggestions { get; init; }
}

/// <summary>The answers as classes, where they are few and short.</summary>
public sealed record LabelFigures
{
    /// <summary>When answers count as labels, and whether these do, in a sentence or two.</summary>
    public required string Rule { get; init; }
    public required bool Found { get; init; }
    /// <summary>The largest first; empty where no labels were found.</summary>
    public required IReadOnlyList<ClassFigures> Classes { get; init; }
    /// <summary>Examples of the largest class over those of the smallest; null without labels.</summary>
    public required double? Imbalance { get; init; }
    /// <summary>Classes of fewer than ten training examples.</summary>
    public required IReadOnlyList<string> Rare { get; init; }
    /// <summary>Labels that differ only in case, white space or signs, each list one group of them.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> Variants { get; init; }
}

/// <param name="Share">Of the examples of all parts, 0 to 1.</param>
public sealed record ClassFigures(string Label, int Training, int Validation, int Test, double Share);

/// <param name="Examples">With at least one message of the role.</param>
public sealed record RoleFigures(string Role, long Messages, int Examples, long Characters);

public sealed record LengthFigures
{
    /// <summary>Messages of an example.</summary>
    public required LengthDistribution Turns { get; init; }
    /// <summary>By the vocabulary o200k_base.</summary>
    public required LengthDistribution Tokens { get; init; }
    /// <summary>UTF-16 units of all messages before the answer.</summary>
    public required LengthDistribution InputCharacters { get; init; }
    /// <summary>UTF-16 units of the answer (of a preference, the preferred one); null for `reinforcement`, which has none.</summary>
    public required LengthDistribution? AnswerCharacters { get; init; }
}

/// <summary>Percentiles are those of the nearest rank.</summary>
/// <param name="Bins">Of equal width up to the 99th percentile; the last one holds what is longer.</param>
public sealed record LengthDistribution(double Mean, int Min, int P5, int P50, int P95, int Max, IReadOnlyList<LengthBin> Bins);

/// <param name="To">Inclusive.</param>
public sealed record LengthBin(int From, int To, int Examples);

/// <param name="Exact">Examples whose input and answer an earlier one has too.</param>
/// <param name="Near">Examples that resemble an earlier one of their own source; null where it was not asked.</param>
public sealed record DuplicateFigures(int Exact, int? Near);

/// <param name="Inputs">Of the users' messages.</param>
/// <param name="Answers">Of the assistant's; null where there are none.</param>
public sealed record DiversityFigures(TextDiversity Inputs, TextDiversity? Answers);

/// <summary>How much of a text is repetition. Words are runs of letters, digits and marks, without case; in scripts written without spaces each letter is one.</summary>
public sealed record TextDiversity
{
    public required long Words { get; init; }
    public required long DistinctWords { get; init; }
    /// <summary>Different words over words, in windows of 1,000 words on average, so that it does not fall with the amount of text; over all words where there are fewer.</summary>
    public required double TypeTokenRatio { get; init; }
    /// <summary>Different words over words; 0 without any.</summary>
    public required double Distinct1 { get; init; }
    /// <summary>Different pairs of neighbouring words over such pairs.</summary>
    public required double Distinct2 { get; init; }
    public required double Distinct3 { get; init; }
    /// <summary>Whether a number of different ones is over 100,000 and so an estimate, whose standard error is 0.8 %.</summary>
    public required bool Estimated { get; init; }
}

/// <summary>
/// Whether equal inputs have equal answers. The input is every message before the answer, without white space at their ends. Of a preference, it is the
/// input and the two answers, and the answer says which is preferred; for `reinforcement`, the answer is the line's references.
/// </summary>
public sealed record ConsistencyFigures
{
    public required int DistinctInputs { get; init; }
    public required int RepeatedInputs { get; init; }
    public required int ConflictingInputs { get; init; }
    /// <summary>All examples of those inputs.</summary>
    public required int ConflictingExamples { get; init; }
    /// <summary>The first 50, each with the first example of up to five answers.</summary>
    public required IReadOnlyList<Conflict> Conflicts { get; init; }
}

public sealed record Conflict(string Input, IReadOnlyList<ConflictingRow> Rows);

/// <param name="Line">Of the part's file, from 1.</param>
/// <param name="Row">The row's id: SHA-256 of the line.</param>
public sealed record ConflictingRow(string Part, int Line, string Row, string Answer);

public sealed record SystemPromptFigures
{
    /// <summary>Exact up to 100,000, beyond an estimate.</summary>
    public required long Distinct { get; init; }
    /// <summary>Distinct when case and white space do not count, among the first 10,000.</summary>
    public required int DistinctApartFromSpelling { get; init; }
    public required int ExamplesWithout { get; init; }
    /// <summary>The 20 most frequent, by their shares.</summary>
    public required IReadOnlyList<SystemPrompt> Prompts { get; init; }
}

/// <param name="Text">Cut to 160 characters.</param>
/// <param name="Share">Of all examples, 0 to 1.</param>
public sealed record SystemPrompt(string Text, int Examples, double Share);

/// <summary>Whether the preferred answer is the longer one; a model may learn that instead of what is meant.</summary>
public sealed record PreferenceFigures(int PreferredLonger, int PreferredShorter, int EquallyLong);

/// <param name="Code">Such as `label_imbalance`; docs/reports.md lists them.</param>
public sealed record Suggestion(string Code, string Message);

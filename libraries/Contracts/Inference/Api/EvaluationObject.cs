using System.Text.Json.Serialization;

namespace FineTuneAspire.Contracts.Inference.Api;

/// <summary>`POST /v1/evaluations`: every model answers every example of a held-out file; greedy decoding, exact match with the reference answer.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateEvaluationRequest
{
    public string? Name { get; init; }
    /// <summary>A file of chat JSONL; the last assistant message of a line is the reference. Give this or <see cref="Dataset"/>.</summary>
    public string? File { get; init; }
    /// <summary>A dataset id: the test file of its newest validated version.</summary>
    public string? Dataset { get; init; }
    public required IReadOnlyList<string> Models { get; init; }
}

/// <summary>`status`: `queued`, `running`, `succeeded`, `failed`, `cancelled`.</summary>
public sealed record EvaluationObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "evaluation";
    public string? Name { get; init; }
    public required long CreatedAt { get; init; }
    public long? FinishedAt { get; init; }
    public required string Status { get; init; }
    public required string File { get; init; }
    public string? Dataset { get; init; }
    public int? Examples { get; init; }
    public required IReadOnlyList<ModelScore> Results { get; init; }
    public EvaluationError? Error { get; init; }
}

/// <param name="Completed">Examples answered so far; those that <paramref name="Failed"/> counts are not among them.</param>
/// <param name="ExactMatch">Share of answered examples whose trimmed answer equals the trimmed reference, or null before the first.</param>
/// <param name="Interval95">Wilson score interval of that share at 95 %: [low, high].</param>
/// <param name="ByTag">The same per value of the example's `tag` field (extra top-level field of a line), where lines have one.</param>
/// <param name="Failed">Examples for which the model gave no answer after several tries.</param>
public sealed record ModelScore(
    string Model, int Completed, int Correct, double? ExactMatch, IReadOnlyList<double>? Interval95, IReadOnlyDictionary<string, TagScore>? ByTag, int Failed = 0);

public sealed record TagScore(int Completed, int Correct, double ExactMatch, IReadOnlyList<double>? Interval95 = null);

public sealed record EvaluationError(string Code, string Message);

public sealed record EvaluationList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<EvaluationObject> Data { get; init; }
    public string? FirstId { get; init; }
    public string? LastId { get; init; }
    public required bool HasMore { get; init; }
}

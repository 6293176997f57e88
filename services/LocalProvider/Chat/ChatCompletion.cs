using System.Text.Json.Serialization;

namespace FineTuneAspire.LocalProvider.Chat;

/// <summary>An answer in one piece.</summary>
public sealed record ChatCompletion(string Id, string Object, long Created, string Model, IReadOnlyList<ChatChoice> Choices, ChatUsage Usage, string? SystemFingerprint);

public sealed record ChatChoice(int Index, ChatAnswer Message, object? Logprobs, string FinishReason);

public sealed record ChatAnswer(string Role, string Content, string? Refusal);

public sealed record ChatUsage(int PromptTokens, int CompletionTokens, int TotalTokens);

/// <summary>A piece of a streamed answer. `usage` is there only when the client asked for it: null in every chunk but the last.</summary>
public record ChatChunk(string Id, string Object, long Created, string Model, string? SystemFingerprint, IReadOnlyList<ChatChunkChoice> Choices);

/// <inheritdoc />
public sealed record ChatChunkWithUsage(string Id, string Object, long Created, string Model, string? SystemFingerprint, IReadOnlyList<ChatChunkChoice> Choices, ChatUsage? Usage)
    : ChatChunk(Id, Object, Created, Model, SystemFingerprint, Choices);

public sealed record ChatChunkChoice(int Index, ChatDelta Delta, object? Logprobs, string? FinishReason);

/// <summary>What the chunk adds; absent fields add nothing.</summary>
public sealed record ChatDelta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }
}

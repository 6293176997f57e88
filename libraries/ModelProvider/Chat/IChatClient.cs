namespace FineTuneAspire.ModelProvider.Chat;

/// <summary>Chat in our own code, for example an evaluation. What clients send goes through the gateway as bytes instead.</summary>
public interface IChatClient
{
    /// <summary>One answer, not streamed. Server errors, 429 and lost connections are retried twice with back-off.</summary>
    /// <param name="model">The provider's own id of the model.</param>
    /// <exception cref="ProviderException"/>
    Task<ChatAnswer> AskAsync(string model, IReadOnlyList<ChatMessage> messages, ChatSettings settings, CancellationToken cancellationToken);
}

/// <param name="Role">`system`, `user` or `assistant`.</param>
public sealed record ChatMessage(string Role, string Content);

/// <param name="Temperature">0 is greedy.</param>
/// <param name="MaxCompletionTokens">Null: the provider's own limit.</param>
public sealed record ChatSettings(float? Temperature = null, int? MaxCompletionTokens = null, int? Seed = null);

/// <param name="FinishReason">`stop`, `length`, `tool_calls`, `content_filter` or `function_call`.</param>
/// <param name="InputTokens">Null when the provider does not count.</param>
public sealed record ChatAnswer(string Text, string FinishReason, int? InputTokens, int? OutputTokens, string? Model);

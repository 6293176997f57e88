namespace FineTuneAspire.LocalModel;

/// <param name="Role">system, developer, user, assistant or tool.</param>
/// <param name="Train">False for an assistant message of <c>weight: 0</c>: it is read but not learnt. Other roles are never learnt.</param>
public sealed record ChatMessage(string Role, string Content, bool Train = true);

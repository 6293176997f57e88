namespace FineTuneAspire.LocalModel;

/// <summary>
/// How a conversation becomes tokens: <c>begin (role text end)*</c>, where begin, the roles and end are tokens of their own that no
/// text can spell. The answer to learn is the assistant's text and the end token after it.
/// </summary>
public static class ChatTemplate
{
    /// <summary>A training example; assistant messages with <see cref="ChatMessage.Train"/> are learnt, everything else is only read.</summary>
    /// <exception cref="ArgumentException">A role is unknown.</exception>
    public static TrainingExample Encode(Tokenizer tokenizer, IReadOnlyList<ChatMessage> messages)
    {
        List<int> tokens = [tokenizer.Begin];
        List<bool> trained = [false];
        foreach (var message in messages)
        {
            var role = RoleToken(tokenizer, message.Role);
            var learn = role == tokenizer.Assistant && message.Train;
            tokens.Add(role);
            trained.Add(false);
            foreach (var token in tokenizer.Encode(message.Content))
            {
                tokens.Add(token);
                trained.Add(learn);
            }
            tokens.Add(tokenizer.End);
            trained.Add(learn);
        }
        return new TrainingExample([.. tokens], [.. trained]);
    }

    /// <inheritdoc cref="Encode(Tokenizer, IReadOnlyList{ChatMessage})"/>
    public static TrainingExample Encode(LanguageModel model, IReadOnlyList<ChatMessage> messages) => Encode(model.Tokenizer, messages);

    /// <summary>The messages and the opening of the assistant's turn: what the model continues.</summary>
    /// <exception cref="ArgumentException">A role is unknown.</exception>
    public static int[] EncodePrompt(Tokenizer tokenizer, IReadOnlyList<ChatMessage> messages) =>
        [.. Encode(tokenizer, messages).Tokens, tokenizer.Assistant];

    /// <inheritdoc cref="EncodePrompt(Tokenizer, IReadOnlyList{ChatMessage})"/>
    public static int[] EncodePrompt(LanguageModel model, IReadOnlyList<ChatMessage> messages) => EncodePrompt(model.Tokenizer, messages);

    private static int RoleToken(Tokenizer tokenizer, string role) => role switch
    {
        "system" or "developer" => tokenizer.System,
        "user" => tokenizer.User,
        "assistant" => tokenizer.Assistant,
        "tool" => tokenizer.Tool,
        _ => throw new ArgumentException($"Unknown role '{role}'; use system, developer, user, assistant or tool."),
    };
}

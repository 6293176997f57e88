namespace FineTuneAspire.LocalModel;

/// <summary>An example longer than the model's context. It is refused whole: cut short it would be learnt without its answer.</summary>
public sealed class ExampleTooLongException(int tokens, int contextLength) : Exception(
    $"The example has {tokens} tokens and the model reads at most {contextLength}. Shorten it or split it into several examples.")
{
    public int Tokens { get; } = tokens;
    public int ContextLength { get; } = contextLength;
}

/// <summary>A prompt that leaves no room for an answer.</summary>
public sealed class PromptTooLongException(int promptTokens, int contextLength) : Exception(
    $"This model's maximum context length is {contextLength} tokens, and the prompt has {promptTokens}. Shorten the messages.")
{
    public int PromptTokens { get; } = promptTokens;
    public int ContextLength { get; } = contextLength;
}

/// <summary>What makes an example unfit to train on. Callers that know the line ask here first and name it.</summary>
public static class ContextCheck
{
    /// <returns>The problem in one sentence, or null when the example can be trained on.</returns>
    public static string? Problem(TrainingExample example, ModelConfig config)
    {
        if (example.Tokens.Length > config.ContextLength)
            return new ExampleTooLongException(example.Tokens.Length, config.ContextLength).Message;
        return example.TrainedTokens == 0 ? "The example has no assistant message to learn from." : null;
    }

    /// <exception cref="ExampleTooLongException">The example is longer than the context.</exception>
    /// <exception cref="ArgumentException">No token of the example is trained, or a token is outside the vocabulary.</exception>
    public static void Require(TrainingExample example, ModelConfig config)
    {
        if (example.Tokens.Length != example.Trained.Length || example.Tokens.Length < 2 || example.Trained[0])
            throw new ArgumentException("Tokens and Trained must be equally long, at least 2, and the first token cannot be trained.");
        if (example.Tokens.Length > config.ContextLength) throw new ExampleTooLongException(example.Tokens.Length, config.ContextLength);
        if (example.TrainedTokens == 0) throw new ArgumentException("The example has no token to learn.");
        foreach (var token in example.Tokens)
            if ((uint)token >= (uint)config.VocabularySize) throw new ArgumentException($"Token {token} is outside the vocabulary of {config.VocabularySize}.");
    }
}

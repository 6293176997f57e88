namespace FineTuneAspire.LocalModel.Tests;

/// <summary>A model small enough for a test to train, and chats for it.</summary>
internal static class Small
{
    public static Tokenizer Tokenizer { get; } = TokenizerTraining.Train(
        ["book a table for two in Oslo", "play the song of the day", "what is the weather in Rome tomorrow", "{\"intent\":\"x\",\"slots\":{}}"], 300);

    public static LanguageModel Model(long seed = 1, int context = 64) => LanguageModel.Create(new ModelConfig
    {
        VocabularySize = Tokenizer.VocabularySize, Width = 32, Layers = 2, Heads = 2, FeedForward = 48, ContextLength = context,
    }, Tokenizer, seed);

    public static TrainingExample Chat(string question, string answer) =>
        ChatTemplate.Encode(Tokenizer, [new("user", question), new("assistant", answer)]);

    public static TrainingExample[] Chats(int count)
    {
        string[] cities = ["Oslo", "Rome", "Lima", "Bonn", "Cork"], verbs = ["book", "play", "see"];
        return [.. Enumerable.Range(0, count).Select(i => Chat($"{verbs[i % 3]} {cities[i % 5]} {i}", $"{cities[i % 5]}:{verbs[i % 3]}"))];
    }
}

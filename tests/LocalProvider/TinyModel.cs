using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.Tests;

/// <summary>A random model of a few thousand parameters and 128 tokens of context: knows nothing, trains in milliseconds.</summary>
internal static class TinyModel
{
    public const string Id = "tiny";
    public const int Context = 128;

    private static readonly Lazy<LanguageModel> Made = new(() => Create(Context, seed: 1));

    public static LanguageModel Create(int contextLength, long seed)
    {
        var tokenizer = TokenizerTraining.Train(["the colour of the sky is blue and the grass is green"], 320);
        // Exactly the tokenizer's size: a random model would choose tokens that have no text.
        return LanguageModel.Create(
            new ModelConfig { VocabularySize = tokenizer.VocabularySize, Width = 32, Layers = 2, Heads = 2, FeedForward = 64, ContextLength = contextLength }, tokenizer, seed);
    }

    public static void CopyTo(string folder)
    {
        if (!Directory.Exists(folder))
            Made.Value.Save(folder);
    }

    /// <summary>Chat JSONL that can be learnt by heart: what colour a thing has.</summary>
    public static string Examples(int count) => string.Concat(Enumerable.Range(0, count).Select(number =>
        $$"""{"messages":[{"role":"user","content":"thing {{number}}?"},{"role":"assistant","content":"{{(number % 2 == 0 ? "blue" : "green")}}"}]}""" + "\n"));
}

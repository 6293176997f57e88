using System.Numerics.Tensors;

namespace FineTuneAspire.LocalModel.Tests;

public unsafe class ChatGeneratorTests
{
    [Fact]
    public void Decoding_with_a_cache_gives_the_losses_of_the_full_forward_pass()
    {
        var model = Small.Model(seed: 3);
        var random = new SeededRandom(4);
        int[] tokens = [.. Enumerable.Range(0, 60).Select(_ => random.Next(Small.Tokenizer.VocabularySize))];
        var session = new DecodingSession(model);
        var transformer = new Transformer<float>(model.Config, model.Layout);
        var packed = new PackedWeights<float>(model.Layout);
        for (var matrix = 0; matrix < packed.Count; matrix++) packed.Pack(matrix, model.Weights.Pointer, forBackward: false);
        for (var length = 2; length <= tokens.Length; length++)
        {
            var logits = session.Read(tokens.AsSpan(length - 2, 1));
            var probabilities = new float[logits.Length];
            TensorPrimitives.SoftMax(logits, probabilities);
            // Only the last token's loss is asked for, so each length compares one row of the full pass.
            var trained = new bool[length];
            trained[^1] = true;
            var full = transformer.Evaluate(model.Weights.Pointer, packed, [new TrainingExample(tokens[..length], trained)]);
            Assert.Equal(full.Loss, -Math.Log(probabilities[tokens[length - 1]]), 1e-4);
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_answer_and_another_seed_another()
    {
        var generator = new ChatGenerator(Small.Model());
        string Answer(long seed) => string.Concat(generator.Generate([new("user", "hello")], new() { Seed = seed, MaxTokens = 30 }).Select(token => token.Text));
        Assert.Equal(Answer(1), Answer(1));
        Assert.NotEqual(Answer(1), Answer(2));
    }

    [Fact]
    public void A_token_beyond_the_tokenizers_vocabulary_is_never_chosen()
    {
        var config = Small.Model().Config with { VocabularySize = 40 * Small.Tokenizer.VocabularySize };   // 39 in 40 rows have no text
        var generator = new ChatGenerator(LanguageModel.Create(config, Small.Tokenizer, seed: 1));
        var pieces = generator.Generate([new("user", "hi")], new() { Temperature = 2, Seed = 3, MaxTokens = 20 }).ToList();
        Assert.InRange(pieces[^1].CompletionTokens, 1, 20);
    }

    [Fact]
    public void A_tiny_top_p_is_greedy()
    {
        var generator = new ChatGenerator(Small.Model());
        string Answer(SamplingOptions options) => string.Concat(generator.Generate([new("user", "hello")], options).Select(token => token.Text));
        Assert.Equal(Answer(new() { Temperature = 0, MaxTokens = 20 }), Answer(new() { TopP = 1e-9, Seed = 5, MaxTokens = 20 }));
    }

    [Fact]
    public void An_answer_that_runs_out_of_tokens_finishes_with_length_and_counts()
    {
        var pieces = new ChatGenerator(Small.Model()).Generate([new("user", "hi")], new() { Temperature = 0, MaxTokens = 5 }).ToList();
        var prompt = ChatTemplate.EncodePrompt(Small.Tokenizer, [new("user", "hi")]).Length;
        Assert.All(pieces.SkipLast(1), piece => Assert.Null(piece.Finish));
        Assert.Equal((FinishReason.Length, prompt, 5), (pieces[^1].Finish, pieces[^1].PromptTokens, pieces[^1].CompletionTokens));
    }

    [Fact]
    public void Without_a_limit_an_answer_ends_where_the_context_does()
    {
        var model = Small.Model(context: 16);
        var pieces = new ChatGenerator(model).Generate([new("user", "hi")], new() { Temperature = 0 }).ToList();
        Assert.True(pieces[^1].Finish == FinishReason.Stop || pieces[^1].PromptTokens + pieces[^1].CompletionTokens == 16);
    }

    [Fact]
    public void A_stop_text_ends_the_answer_and_is_not_part_of_it()
    {
        var generator = new ChatGenerator(Small.Model());
        string Answer(IReadOnlyList<string> stop, out FinishReason? finish)
        {
            var pieces = generator.Generate([new("user", "hello")], new() { Seed = 6, MaxTokens = 30, Stop = stop }).ToList();
            finish = pieces[^1].Finish;
            return string.Concat(pieces.Select(token => token.Text));
        }
        var whole = Answer([], out _);
        var stop = whole[4..7];
        var cut = Answer(["never there", stop], out var finish);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], cut);
        Assert.Equal(FinishReason.Stop, finish);
        Assert.Equal(whole, Answer(["never there"], out _));
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused_with_the_numbers()
    {
        var error = Assert.Throws<PromptTooLongException>(() => new ChatGenerator(Small.Model()).Generate([new("user", new string('7', 100))], new()));
        Assert.Equal((104, 64), (error.PromptTokens, error.ContextLength));
    }
}

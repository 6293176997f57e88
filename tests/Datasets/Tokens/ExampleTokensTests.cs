using System.Text.Json;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.LocalModel;
using FineTuneAspire.Pricing;

namespace FineTuneAspire.Datasets.Tests.Tokens;

public class ExampleTokensTests
{
    private static readonly ChatTokens Cl100k = new(ChatTokens.Cl100k);
    private static readonly string TokenizerPath = Path.Combine(AppContext.BaseDirectory, "data", "tokenizers", "base-1m.json");
    private static readonly LocalTokens Local = new("base-1m", TokenizerPath);

    private static ExampleTokens Measure(IExampleTokens tokens, string example)
    {
        using var parsed = JsonDocument.Parse(example);
        return tokens.Measure(parsed.RootElement);
    }

    [Fact]
    public void Encodes_the_published_vector_of_cl100k() => Assert.Equal([83, 1609, 5963, 374, 2294, 0], Cl100k.Encode("tiktoken is great!"));

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"tiktoken is great!"},{"role":"assistant","content":"tiktoken is great!"}]}""", 3 + 10 + 10, 20)]
    // Cut inside the last user message, no answer is lost.
    [InlineData("""{"messages":[{"role":"user","content":"tiktoken is great!"},{"role":"assistant","content":"tiktoken is great!"},{"role":"user","content":"tiktoken is great!"}]}""", 3 + 10 + 10 + 10, 20)]
    [InlineData("""{"messages":[{"role":"assistant","content":"tiktoken is great!"},{"role":"assistant","content":"tiktoken is great!","weight":0}]}""", 3 + 10 + 10, 10)]
    public void The_answer_ends_with_the_last_assistant_message_that_is_learnt(string example, int total, int answerEnd)
    {
        Assert.Equal(new ExampleTokens(total, answerEnd), Measure(ChatFiles.Tokens, example));
        Assert.Equal(new ExampleTokens(total, answerEnd), Measure(Cl100k, example));
    }

    [Fact]
    public void A_local_base_counts_what_its_trainer_reads()
    {
        var tokenizer = Tokenizer.Load(TokenizerPath);
        var text = tokenizer.Encode("Grüße, 漢字 😀 and 12345.").Length;
        var example = """{"messages":[{"role":"system","content":"Grüße, 漢字 😀 and 12345."},{"role":"user","content":[{"type":"text","text":"Grüße, 漢字 😀 "},{"type":"text","text":"and 12345."}]},{"role":"assistant","content":"Grüße, 漢字 😀 and 12345."},{"role":"assistant","content":"x","weight":0}]}""";

        Assert.True(text > 10);
        Assert.Equal(new ExampleTokens(1 + 3 * (text + 2) + 3, 1 + 3 * (text + 2)), Measure(Local, example));
    }

    [Fact]
    public void The_local_bases_entry_agrees_with_the_base_and_its_trainer()
    {
        var local = BaseModelCatalog.Load().Find("base-1m")!;
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository(), "services", "LocalProvider", "Models", "base-1m", "config.json")));
        Assert.Equal(config.RootElement.GetProperty("max_position_embeddings").GetInt32(), local.Limits.TokensPerExample);
        Assert.All(Enumerable.Range(1, 3_000), examples => Assert.Equal(FineTuningSettings.Auto(examples).Epochs, local.AutoEpochs.EpochsFor(examples)));
    }

    [Fact]
    public async Task Percentiles_are_those_of_the_report()
    {
        var random = new Random(1);
        for (var examples = 1; examples < 120; examples += 7)
        {
            var lines = Enumerable.Range(0, examples).Select(_ => $$"""{"messages":[{"role":"user","content":"{{new string('q', 1 + random.Next(40))}}"},{"role":"assistant","content":"a"}]}""").ToList();
            var histogram = new Histogram();
            lines.ForEach(line => histogram.Add(Measure(ChatFiles.Tokens, line).Total));
            var validation = await ChatFiles.ValidateAsync(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)));
            Assert.Equal(FileValidation.Distribution([validation]), histogram.ToDistribution());
        }
    }

    private static string Repository([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}

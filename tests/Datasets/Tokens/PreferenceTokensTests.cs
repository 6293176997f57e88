using System.Text.Json;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.Datasets.Tokens;

namespace FineTuneAspire.Datasets.Tests.Tokens;

public class PreferenceTokensTests
{
    /// <summary>"tiktoken is great!" has 6 tokens, a message of it 3 + 1 + 6 = 10; "great!" has 2, a message of it 6.</summary>
    private static readonly JsonElement Preference = JsonSerializer.Deserialize<JsonElement>(
        """{"input":{"messages":[{"role":"user","content":"tiktoken is great!"}]},"preferred_output":[{"role":"assistant","content":"great!"}],"non_preferred_output":[{"role":"assistant","content":"tiktoken is great!"}]}""");

    [Fact]
    public void The_input_counts_once_and_a_limit_is_held_against_the_longer_conversation()
    {
        var tokens = ChatFiles.Tokens.Measure(Preference);
        Assert.Equal(new ExampleTokens(10 + 6 + 10 + 3, AnswerEnd: 20, Longest: 23, Shortest: 19), tokens);
        // Cut at 21 the longer one loses 2; at 18 they lose 5 and 1; at 10 nothing but the input is left.
        Assert.Equal([29, 27, 23, 10], new[] { 23, 21, 18, 10 }.Select(tokens.Within));
    }

    [Fact]
    public void A_prompt_of_reinforcement_has_no_answer_that_could_be_cut()
    {
        var prompt = JsonSerializer.Deserialize<JsonElement>("""{"messages":[{"role":"user","content":"tiktoken is great!"}],"answer":"yes"}""");
        Assert.Equal(new ExampleTokens(13, 0), ChatFiles.Tokens.Measure(prompt));
    }

    [Fact]
    public void A_local_base_counts_a_preference_as_its_two_conversations()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "data", "tokenizers", "base-1m.json");
        var counter = new LocalTokens("base-1m", path);
        ExampleTokens Chat(string answer) => counter.Measure(JsonSerializer.Deserialize<JsonElement>($$"""{"messages":[{"role":"user","content":"tiktoken is great!"},{"role":"assistant","content":"{{answer}}"}]}"""));
        var (longer, shorter) = (Chat("tiktoken is great!").Total, Chat("great!").Total);
        var input = counter.Measure(JsonSerializer.Deserialize<JsonElement>("""{"messages":[{"role":"user","content":"tiktoken is great!"}]}""")).Total;
        Assert.Equal(new ExampleTokens(longer + shorter - input, longer, longer, shorter), counter.Measure(Preference));
    }
}

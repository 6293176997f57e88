using System.Diagnostics;
using System.Text.Json;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.Datasets.Tokens;

namespace FineTuneAspire.Datasets.Tests.Tokens;

public class ChatTokensTests
{
    [Fact]
    public void Encodes_the_published_vector_of_o200k() =>
        Assert.Equal([83, 8251, 2488, 382, 2212, 0], ChatFiles.Tokens.Encode("tiktoken is great!"));

    [Theory]
    // 3 for the reply; per message 3 + role (1) + content; a name costs its tokens + 1.
    [InlineData("""{"messages":[{"role":"user","content":"tiktoken is great!"},{"role":"assistant","content":"tiktoken is great!"}]}""", 3 + 2 * (3 + 1 + 6))]
    [InlineData("""{"messages":[{"role":"user","name":"user","content":"tiktoken is great!"}]}""", 3 + 3 + 1 + 6 + 1 + 1)]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"tiktoken is great!"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}]}""", 3 + 3 + 1 + 6 + 85)]
    [InlineData("""{"messages":[{"role":"assistant","content":null,"weight":1,"function_call":{"name":"user","arguments":"tiktoken is great!"}}]}""", 3 + 3 + 1 + 1 + 6)]
    public void Counts_by_the_cookbooks_formula(string example, int expected)
    {
        using var parsed = JsonDocument.Parse(example);
        Assert.Equal(expected, ChatFiles.Tokens.Count(parsed.RootElement));
    }

    private static readonly ChatTokens Cl100k = new(ChatTokens.Cl100k);

    // Counts of npm's tiktoken 1.0.22 (encode_ordinary); ./bench datasets compares many more.
    [Theory]
    [InlineData("\U0001D407\U0001D41E\U0001D425\U0001D425\U0001D428 world\U0001D400!", 14, 20)]
    [InlineData("a\U00020BB7b\U00020BB7!", 11, 11)]
    [InlineData("x\U00010428\U00010400y \U0001D7D8\U0001D7D9\U0001D7DA\U0001D7DB", 23, 23)]
    [InlineData("it\u2019s it'\u017F IT'LL", 8, 9)]
    [InlineData("e\u0301\u0302\u0301 \u200D\U0001F469\u200D\U0001F469\u200D\U0001F467", 13, 20)]
    [InlineData("<|endoftext|>", 7, 7)]
    [InlineData("\u0001\u0002a\u0001b", 5, 5)]
    [InlineData("\u00A0\u00A0 x\u3000\u0085y", 6, 6)]
    public void Counts_what_tiktoken_counts_in_texts_with_characters_that_patterns_class_apart(string text, int o200k, int cl100k) =>
        Assert.Equal((o200k, cl100k), (ChatFiles.Tokens.Count(text), Cl100k.Count(text)));

    [Theory]
    [InlineData("a")]
    [InlineData(" ")]
    [InlineData("漢")]
    [InlineData("😀")]
    public void Counts_a_megabyte_without_a_break_in_under_a_minute(string unit)
    {
        var clock = Stopwatch.StartNew();
        var count = ChatFiles.Tokens.Count(string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length)));

        Assert.True(count > 0);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), $"{clock.Elapsed}");
    }
}

using System.Diagnostics;
using System.Text.Json;
using FineTuneAspire.Datasets.Tests.Validation;

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

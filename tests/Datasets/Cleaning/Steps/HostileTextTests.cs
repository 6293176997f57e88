using System.Text.Json;

namespace FineTuneAspire.Datasets.Tests.Cleaning.Steps;

public sealed class HostileTextTests
{
    private const string Steps = """
        [{"type":"unicode"},{"type":"whitespace"},{"type":"boilerplate","shipped":true,"roles":["user"]},{"type":"profanity","action":"mask"},{"type":"secrets"},{"type":"pii","phone_regions":["US","DE"]},
         {"type":"exact_duplicates"},{"type":"near_duplicates"}]
        """;

    /// <summary>A long line of what the patterns of steps begin with: whoever looks at all of it again from each place does not come to an end.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("1 ")]
    [InlineData("+1 650 253 0000")]
    [InlineData("a@")]
    [InlineData("a@a.")]
    [InlineData("'a")]
    [InlineData(":")]
    [InlineData("a1:")]
    [InlineData("1.")]
    [InlineData("4111 ")]
    [InlineData("GB82")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("password=")]
    [InlineData("http://a:")]
    [InlineData("e\u0301\u0323")]
    [InlineData("a \t")]
    [InlineData("shit")]
    public async Task A_long_line_of_one_pattern_is_cleaned(string piece)
    {
        var outcome = await Recipes.ApplyAsync(Steps, Recipes.Chat(string.Concat(Enumerable.Repeat(piece, 100_000 / piece.Length)), "x"));
        Assert.Equal("x", JsonElement.Parse(Assert.Single(outcome.Lines)).GetProperty("messages")[1].GetProperty("content").GetString());
    }
}

using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Tests.Cleaning;

public sealed class ContentHashTests
{
    [Theory]
    [InlineData("a b c", "  a\tb\r\n\u00A0c\n")]
    [InlineData("caf\u00E9", "cafe\u0301")]
    [InlineData("", " \n ")]
    public void Is_the_same_for_texts_that_differ_in_white_space_or_composition(string one, string other) =>
        Assert.Equal(ContentHash.Of(one), ContentHash.Of(other));

    [Theory]
    [InlineData("a b", "ab")]
    [InlineData("a b", "A b")]
    [InlineData("a b", "a b.")]
    [InlineData("\U0001F642", "\U0001F643")]
    public void Differs_for_other_texts(string one, string other) => Assert.NotEqual(ContentHash.Of(one), ContentHash.Of(other));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Depends_on_every_character_of_a_long_text(int shift)   // so that each block's end falls on each place of a word
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => (i + shift) % 5 == 4 ? ' ' : (char)('a' + i % 26))).Trim();
        Assert.Equal(ContentHash.Of(text), ContentHash.Of(text.Replace(" ", "  ")));
        foreach (var place in new[] { 0, 4093, 4094, 4095, 4096, 12_345, text.Length - 1 }.Where(place => text[place] != ' '))
            Assert.NotEqual(ContentHash.Of(text), ContentHash.Of(text.Remove(place, 1).Insert(place, "!")));
    }
}

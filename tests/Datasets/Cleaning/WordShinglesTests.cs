using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Tests.Cleaning;

public sealed class WordShinglesTests
{
    [Theory]
    [InlineData("The quick  brown-fox", "the QUICK, brown fox!")]
    [InlineData("caf\u00E9 cr\u00E8me br\u00FBl\u00E9e", "cafe\u0301 cre\u0300me bru\u0302le\u0301e")]
    [InlineData("ΟΔΥΣΣΕΥΣ", "οδυσσευς")]
    [InlineData("\U00010400\U00010401 x", "\U00010428\U00010429 X")]   // Deseret letters, beyond the basic plane
    [InlineData("今日は", "今 日 は")]
    [InlineData("a 🙂 b \uD800 c", "a b c")]
    public void Takes_for_the_same_what_differs_in_case_composition_or_punctuation(string one, string other) => Assert.Equal(Of(one), Of(other));

    [Theory]
    [InlineData("a b c d", "a c b d")]
    [InlineData("a b c", "a bc")]
    [InlineData("\U00010400", "\U00010401")]
    [InlineData("कि", "की")]   // differ in a mark only
    [InlineData("resume", "r\u00E9sum\u00E9")]
    public void Tells_apart_what_has_other_words_or_another_order(string one, string other) => Assert.NotEqual(Of(one), Of(other));

    [Theory]
    [InlineData("", 0)]
    [InlineData(" \t\n…🙂", 0)]
    [InlineData("word", 1)]
    [InlineData("two words", 1)]
    [InlineData("now three words", 1)]
    [InlineData("and now four words", 2)]
    [InlineData("a a a a a a a", 1)]
    [InlineData("三個字的", 2)]
    public void Has_one_shingle_for_each_place_in_the_text(string text, int shingles) => Assert.Equal(shingles, Of(text).Length);

    [Theory]
    [InlineData("word ")]
    [InlineData("x")]
    [InlineData("漢")]
    [InlineData("e\u0301\u0323")]
    [InlineData("\u0301\u0323")]   // one letter's marks without end
    [InlineData("\U0001D15E")]
    public void Takes_a_megabyte_of_anything(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, (1 << 20) / unit.Length));
        var start = Environment.CpuUsage.TotalTime;
        Assert.InRange(Of(text).Length, 0, 10);
        // Not a measure of speed: a quadratic step would take minutes.
        Assert.InRange(Environment.CpuUsage.TotalTime - start, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(1025)]
    [InlineData(30_000)]
    public void Is_distinct_and_ascending(int shingles)
    {
        var words = Enumerable.Range(0, shingles + 2).Select(i => $"w{i}").ToArray();
        var once = Of(string.Join(' ', words));
        Assert.Equal(once.Distinct().Order(), once);
        Assert.Equal(shingles, once.Length);
        // Again in the same order, so that only the two shingles across the seam are new.
        Assert.Equal(shingles + 2, Of(string.Join(' ', [.. words, .. words])).Length);
    }

    private static uint[] Of(string text) => new WordShingles(3).Of(text).ToArray();
}

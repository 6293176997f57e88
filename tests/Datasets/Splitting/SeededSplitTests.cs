using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Splitting;

namespace FineTuneAspire.Datasets.Tests.Splitting;

public class SeededSplitTests
{
    private static readonly ulong[] Lines = [.. Enumerable.Range(1, 1_000).Select(i => unchecked((ulong)i * 0x9E3779B97F4A7C15))];

    private static Part[] Deal(ulong[] lines, int seed, double train = 0.8, double validation = 0.1, double test = 0.1)
    {
        var split = new SeededSplit(lines, new SplitRequest { Train = train, Validation = validation, Test = test }, seed);
        return [.. lines.Select(split.Of)];
    }

    [Theory]
    [InlineData(0.8, 0.1, 0.1, 800, 100, 100)]
    [InlineData(1, 0, 0, 1000, 0, 0)]
    [InlineData(0.5, 0.5, 0, 500, 500, 0)]
    [InlineData(0.9995, 0.0005, 0, 999, 1, 0)]
    [InlineData(0.8, 0, 0.1, 889, 0, 111)]
    public void Deals_out_exactly_the_shares(double train, double validation, double test, int trained, int validated, int tested)
    {
        var parts = Deal(Lines, 1, train, validation, test);

        Assert.Equal((trained, validated, tested), (parts.Count(p => p == Part.Train), parts.Count(p => p == Part.Validation), parts.Count(p => p == Part.Test)));
    }

    [Fact]
    public void The_same_seed_deals_the_same_whatever_the_order_and_another_seed_deals_otherwise()
    {
        ulong[] shuffled = [.. Enumerable.Reverse(Lines)];

        Assert.Equal(Deal(Lines, 7), Enumerable.Reverse(Deal(shuffled, 7)));
        Assert.NotEqual(Deal(Lines, 7), Deal(Lines, 8));
    }

    [Fact]
    public void A_known_split_stays_as_it_was_published() =>
        Assert.Equal("TTVTTETTTT", string.Concat(Deal(Lines[..10], 42).Select(part => part switch { Part.Train => 'T', Part.Validation => 'V', _ => 'E' })));

    [Fact]
    public void Equal_lines_go_to_one_part()
    {
        ulong[] lines = [.. Lines[..50], .. Lines[..50]];
        var parts = Deal(lines, 3);

        Assert.Equal(parts[..50], parts[50..]);
        Assert.All(Deal([.. Enumerable.Repeat(5UL, 20)], 3), part => Assert.Equal(Part.Train, part));
    }
}

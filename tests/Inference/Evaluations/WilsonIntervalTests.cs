using FineTuneAspire.Inference.Evaluations;

namespace FineTuneAspire.Inference.Tests.Evaluations;

public class WilsonIntervalTests
{
    // R: prop.test(x, n, correct = FALSE)$conf.int; the third is Newcombe (1998), table I, method 3: 81/263.
    [Theory]
    [InlineData(0, 10, 0.0, 0.2775328)]
    [InlineData(10, 10, 0.7224672, 1.0)]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(1, 2, 0.0945312, 0.9054688)]
    public void Equals_published_values(int correct, int total, double low, double high)
    {
        var interval = WilsonInterval.At95(correct, total)!;

        Assert.Equal(low, interval[0], 4);
        Assert.Equal(high, interval[1], 4);
    }

    [Fact]
    public void Says_nothing_about_nothing() => Assert.Null(WilsonInterval.At95(0, 0));
}

using System.Runtime.Intrinsics;

namespace FineTuneAspire.LocalModel.Tests;

public class ElementaryTests
{
    [Fact]
    public void Exp_in_float_is_within_two_units_in_the_last_place()
    {
        for (var x = -86.9f; x < 88f; x += 0.0137f)
        {
            var expected = Math.Exp(x);
            Assert.Equal(1.0, Elementary.Exp(Vector512.Create(x))[3] / expected, 2.5e-7);
        }
    }

    [Theory]
    [InlineData(-1e30f, 0)]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(-87.1f, 0)]   // not a subnormal number, nor one that becomes so when it is divided
    [InlineData(0f, 1)]
    public void Exp_of_extremes_is_what_softmax_needs(float x, float expected) => Assert.Equal(expected, Elementary.Exp(Vector512.Create(x))[0]);

    [Fact]
    public void Highest_finds_the_largest_number_wherever_it_is()
    {
        for (var at = 0; at < 16; at++) Assert.Equal(5f, Elementary.Highest(Vector512.Create(-3f).WithElement(at, 5f)));
        for (var at = 0; at < 8; at++) Assert.Equal(5.0, Elementary.Highest(Vector512.Create(-3.0).WithElement(at, 5.0)));
    }
}

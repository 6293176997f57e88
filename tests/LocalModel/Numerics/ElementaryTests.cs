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
    [InlineData(0f, 1)]
    public void Exp_of_extremes_is_what_softmax_needs(float x, float expected) => Assert.Equal(expected, Elementary.Exp(Vector512.Create(x))[0], 1e-37f);
}

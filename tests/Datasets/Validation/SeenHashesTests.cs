using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Tests.Validation;

public class SeenHashesTests
{
    [Fact]
    public void Holds_what_a_set_holds_while_it_grows()
    {
        var (random, seen, expected) = (new Random(1), new SeenHashes(), new HashSet<ulong>());
        for (var i = 0; i < 20_000; i++)
        {
            // Few different ones, so that many come again, and zero among them.
            var hash = (ulong)random.Next(8_000) * 0x9E3779B97F4A7C15;
            Assert.Equal(expected.Add(hash), seen.Add(hash));
        }

        for (var i = 0; i < 16_000; i++)
            Assert.Equal(expected.Contains((ulong)i * 0x9E3779B97F4A7C15), seen.Contains((ulong)i * 0x9E3779B97F4A7C15));
    }
}

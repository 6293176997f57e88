using System.IO.Hashing;
using System.Runtime.InteropServices;
using FineTuneAspire.Datasets.Cleaning;

namespace FineTuneAspire.Datasets.Tests.Cleaning;

public sealed class MinHashTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(18, 7, 500)]
    [InlineData(40, 5, 3)]   // more functions than three groups of lanes
    public void Makes_the_keys_of_its_definition_written_without_vectors(int bands, int rowsPerBand, int shingles)
    {
        Random random = new(1);
        uint[] set = [.. Enumerable.Range(0, shingles).Select(_ => (uint)random.NextInt64(1L << 32))];

        var state = 0x4D696E48617368UL;
        List<uint> minima = [];
        for (var i = 0; i < bands * rowsPerBand; i++)
        {
            state += 0x9E3779B97F4A7C15;
            var z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            minima.Add(set.Min(x =>
            {
                var y = (x ^ (uint)(z >> 32)) * ((uint)z | 1);
                return (y ^ (y >> 16)) * 0x7FEB352D;
            }));
        }
        var keys = minima.Chunk(rowsPerBand).Select((values, band) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(values.AsSpan()), band));

        Assert.Equal([.. keys], new MinHash(bands, rowsPerBand).BandKeys(set).ToArray());
    }

    [Fact]
    public void Has_no_keys_for_the_empty_set() => Assert.Equal(0, new MinHash(18, 7).BandKeys([]).Length);
}

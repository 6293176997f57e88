namespace FineTuneAspire.LocalModel.Tests;

public unsafe class GemmTests
{
    public static TheoryData<int, int, int> Sizes => new()
    {
        { 1, 1, 1 }, { 12, 32, 16 }, { 13, 33, 7 }, { 24, 64, 300 }, { 11, 31, 257 }, { 253, 47, 65 }, { 5, 130, 520 }, { 300, 16, 33 },
    };

    [Theory, MemberData(nameof(Sizes))]
    public void Product_in_float_equals_the_reference_for_every_form(int m, int n, int k) => Check<float>(m, n, k, GemmPath.Best, 1e-5);

    [Theory, MemberData(nameof(Sizes))]
    public void Product_in_double_equals_the_reference_for_every_form(int m, int n, int k) => Check<double>(m, n, k, GemmPath.Best, 1e-13);

    [Theory, MemberData(nameof(Sizes))]
    public void Product_without_vectors_equals_the_reference_for_every_form(int m, int n, int k) => Check<float>(m, n, k, GemmPath.Scalar, 1e-5);

    [Fact]
    public void More_of_a_packed_matrix_than_it_has_is_refused()
    {
        var numbers = new AlignedBuffer<float>(4096);
        var packed = new PackedMatrix<float>().Pack(8, 8, numbers.Pointer, 8, 1);
        Assert.Throws<ArgumentException>(() => new Gemm<float>().Multiply(1, 8, 9, numbers.Pointer, 9, 1, packed, numbers.Pointer, 8, add: false));
        Assert.Throws<ArgumentException>(() => new Gemm<float>().Multiply(1, 8, 8, numbers.Pointer, 8, 1, packed, numbers.Pointer, 8, add: false, bFrom: 1));
        Assert.Throws<ArgumentException>(() => new Gemm<float>().Multiply(1, 33, 8, numbers.Pointer, 8, 1, packed, numbers.Pointer, 33, add: false));
    }

    // All four ways A and B can lie, overwriting and adding, with guard numbers around C that must stay as they are.
    private static void Check<T>(int m, int n, int k, GemmPath path, double tolerance) where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var gemm = new Gemm<T>(path);
        var random = new SeededRandom(m * 31 + n * 7 + k);
        foreach (var (aTransposed, bTransposed, add) in from a in Both from b in Both from c in Both select (a, b, c))
        {
            var (aValues, bValues) = (Random(m * k), Random(k * n));
            var (aRow, aColumn) = aTransposed ? (1, m) : (k, 1);
            var (bRow, bColumn) = bTransposed ? (1, k) : (n, 1);
            var cRow = n + 3;
            var result = Random((m + 1) * cRow);
            var before = result.Span.ToArray();
            gemm.Multiply(m, n, k, aValues.Pointer, aRow, aColumn, bValues.Pointer, bRow, bColumn, result.Pointer, cRow, add);
            for (var row = 0; row <= m; row++)
                for (var column = 0; column < cRow; column++)
                {
                    var expected = double.CreateTruncating(before[row * cRow + column]);
                    if (row < m && column < n)
                    {
                        if (!add) expected = 0;
                        for (var i = 0; i < k; i++)
                            expected += double.CreateTruncating(aValues.Span[row * aRow + i * aColumn]) * double.CreateTruncating(bValues.Span[i * bRow + column * bColumn]);
                    }
                    Assert.Equal(expected, double.CreateTruncating(result.Span[row * cRow + column]), tolerance * Math.Sqrt(k) * 10);
                }
        }

        AlignedBuffer<T> Random(int count)
        {
            var buffer = new AlignedBuffer<T>(count);
            foreach (ref var value in buffer.Span) value = T.CreateTruncating(random.NextDouble() * 2 - 1);
            return buffer;
        }
    }

    private static readonly bool[] Both = [false, true];
}

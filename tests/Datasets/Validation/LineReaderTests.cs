using System.Text;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Tests.Validation;

public class LineReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(64 * 1024)]
    public async Task Reads_the_same_lines_however_the_bytes_arrive(int chunk)
    {
        var longest = new string('x', 200_000);
        var tooLong = new string('y', 300_001);
        var stream = new Chunked(Encoding.UTF8.GetBytes($"\uFEFFa\r\n\nb\rc\n{longest}\n{tooLong}\r\nd"), chunk);
        var reader = new LineReader(stream, maxLineBytes: 300_000);
        var lines = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            lines.Add($"{reader.Number}:{(reader.TooLong ? "too long" : Encoding.UTF8.GetString(reader.Line.Span))}");

        Assert.Equal(["1:a", "2:", "3:b\rc", $"4:{longest}", "5:too long", "6:d"], lines);
        Assert.True(reader.HadByteOrderMark);
    }

    [Fact]
    public async Task A_line_of_exactly_the_limit_is_read()
    {
        var reader = new LineReader(new MemoryStream([.. Encoding.UTF8.GetBytes(new string('x', 2_000)), (byte)'\r', (byte)'\n']), maxLineBytes: 2_000);

        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal((2_000, false), (reader.Line.Length, reader.TooLong));
    }

    private sealed class Chunked(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}

using System.Buffers;
using System.Diagnostics;
using System.Text;
using FineTuneAspire.Inference.Chat;

namespace FineTuneAspire.Inference.Tests.Chat;

public class EventStreamRewriterTests
{
    private const string Upstream = """
        : hello

        data: {"id":"c1","model":"up","choices":[{"index":0,"delta":{"content":"Grüße 😀 \"model\":\"up\""},"finish_reason":null}]}

        event: x
        data:{"model":"up","id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
        id: 7

        data: {"choices":[],"model" : "up" ,"usage":{"prompt_tokens":3,"completion_tokens":9,"prompt_tokens_details":{"cached_tokens":2,"x":{}},"completion_tokens_details":{"reasoning_tokens":4}}}

        data: [DONE]


        """;

    private static readonly string Ours = Upstream
        .Replace("\"c1\",\"model\":\"up\"", "\"c1\",\"model\":\"ft:b:p:s:1\"")
        .Replace("data:{\"model\":\"up\"", "data:{\"model\":\"ft:b:p:s:1\"")
        .Replace("\"model\" : \"up\" ", "\"model\" : \"ft:b:p:s:1\" ");

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Changes_only_the_model_however_the_bytes_are_cut(string lineEnd)
    {
        var bytes = Encoding.UTF8.GetBytes(Upstream.Replace("\n", lineEnd));
        for (var size = 1; size <= bytes.Length; size++)
        {
            var facts = new ChatAnswerFacts();
            var rewriter = new EventStreamRewriter("ft:b:p:s:1", facts);
            var output = new ArrayBufferWriter<byte>();
            for (var at = 0; at < bytes.Length; at += size)
                rewriter.Write(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)), output);

            Assert.Equal(Ours.Replace("\n", lineEnd), Encoding.UTF8.GetString(output.WrittenSpan));
            Assert.True(rewriter is { IsDone: true, IsBetweenEvents: true, HasPending: false });
            Assert.Equal(("c1", "up", 3L, 9L, 2L, 4L), (facts.Id, facts.Model, facts.InputTokens, facts.OutputTokens, facts.CachedTokens, facts.ReasoningTokens));
            Assert.Equal(["stop"], facts.FinishReasons);
        }
    }

    [Theory]
    [InlineData("data: {\"model\":\"up\"")]
    [InlineData("data: {broken}\n\n")]
    [InlineData("data: {\"model\":7}\n\n")]
    [InlineData("data: \"model\"\n\n")]
    [InlineData("data\n\ndata:\n\n")]
    [InlineData("model: {\"model\":\"up\"}\n\n")]
    public void Passes_on_unchanged_what_is_no_chunk(string stream)
    {
        var output = new ArrayBufferWriter<byte>();

        new EventStreamRewriter("ours", new()).Write(Encoding.UTF8.GetBytes(stream), output);

        Assert.Equal(stream.Contains('\n') ? stream : "", Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Gives_out_a_line_as_soon_as_its_end_is_seen_and_says_whether_an_event_is_open()
    {
        var rewriter = new EventStreamRewriter("ours", new());
        var output = new ArrayBufferWriter<byte>();

        rewriter.Write("data: 1\ndat"u8, output);

        Assert.Equal("data: 1\n", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.True(rewriter is { IsBetweenEvents: false, HasPending: true, IsDone: false });
    }

    [Fact]
    public void Refuses_a_line_without_end() =>
        Assert.Throws<InvalidDataException>(() => new EventStreamRewriter("ours", new(), longestLine: 100).Write(new byte[101], new ArrayBufferWriter<byte>()));

    [Fact]
    public void Takes_linear_time_for_a_long_line_in_small_pieces()
    {
        var rewriter = new EventStreamRewriter("ours", new());
        var output = new ArrayBufferWriter<byte>();
        var piece = Encoding.ASCII.GetBytes(new string('x', 100));
        var start = Stopwatch.GetTimestamp();

        rewriter.Write("data: "u8, output);
        for (var i = 0; i < 80_000; i++)
            rewriter.Write(piece, output);
        rewriter.Write("\n"u8, output);

        // 8 MB; searching it anew for each piece would take minutes.
        Assert.Equal(8_000_007, output.WrittenCount);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
    }
}

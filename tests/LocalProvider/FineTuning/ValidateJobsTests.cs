using System.Text;
using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests.FineTuning;

public sealed class ValidateJobsTests(SharedProvider shared) : IClassFixture<SharedProvider>
{
    private readonly Provider _provider = shared.Provider;

    [Fact]
    public async Task Fails_a_job_with_nine_examples_by_their_number()
    {
        var job = await RunAsync(Encoding.UTF8.GetBytes(TinyModel.Examples(9)));
        Assert.Equal("failed", (string)job["status"]!);
        Assert.Equal("""{"code":"invalid_n_examples","message":"Training file has 9 example(s), but must have at least 10 examples","param":"training_file"}""", job["error"]!.ToJsonString());
        Assert.NotNull(job["finished_at"]);
        var last = (await _provider.EventsAsync((string)job["id"]!))[^1];
        Assert.Equal("error", (string)last["level"]!);
        Assert.Equal((string)job["error"]!["message"]!, (string)last["message"]!);
    }

    [Theory]
    [InlineData("{\"messages\":[", "is not valid JSON")]
    [InlineData("just text", "is not valid JSON")]
    [InlineData("[1]", "is not a JSON object")]
    [InlineData("""{"prompt":"a","completion":"b"}""", "has no 'messages'")]
    [InlineData("""{"messages":[]}""", "has no 'messages'")]
    [InlineData("""{"messages":[{"role":"user","content":"a"}]}""", "has no assistant message to learn from")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0}]}""", "has no assistant message to learn from")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":2}]}""", "has a weight other than 0 or 1 at messages[1]")]
    [InlineData("""{"messages":[{"role":"boss","content":"a"},{"role":"assistant","content":"b"}]}""", "has an unknown role at messages[0]")]
    [InlineData("""{"messages":[{"role":"user"},{"role":"assistant","content":"b"}]}""", "has no content at messages[0]")]
    [InlineData("""{"messages":[{"content":"a"},{"role":"assistant","content":"b"}]}""", "has no role at messages[0]")]
    [InlineData("""{"messages":[{"role":"user","content":7},{"role":"assistant","content":"b"}]}""", "has content at messages[0] that is not a string")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":" "}]}""", "has an empty answer at messages[1]")]
    [InlineData("""{"messages":["hi",{"role":"assistant","content":"b"}]}""", "has something else than an object at messages[0]")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"x"}}]},{"role":"assistant","content":"b"}]}""", "that is not text")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","tool_calls":[{"id":"1"}]}]}""", "has 'tool_calls' at messages[1]")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"tools":[{"type":"function"}]}""", "has 'tools'")]
    [InlineData("""{"messages":[{"role":"user","content":"a\ud800"},{"role":"assistant","content":"b"}]}""", "lone surrogate")]
    [InlineData("""{"messages":[{"role":"user","content":"a\u0000"},{"role":"assistant","content":"b"}]}""", "U+0000")]
    [InlineData("""{"messages":[{"role":"user","role":"user","content":"a"},{"role":"assistant","content":"b"}]}""", "is not valid JSON")]
    public async Task Fails_a_job_with_a_broken_line_by_its_number(string line, string problem) => await FailsAtLineFourAsync(Encoding.UTF8.GetBytes(line), problem);

    [Fact]
    public async Task Fails_a_job_whose_line_is_not_utf8() =>
        await FailsAtLineFourAsync([.. """{"messages":[{"role":"user","content":"a"""u8, 0xff, .. "\"},{\"role\":\"assistant\",\"content\":\"b\"}]}"u8], "is not valid UTF-8");

    [Fact]
    public async Task Fails_a_job_whose_line_is_nested_without_end() =>
        await FailsAtLineFourAsync(Encoding.UTF8.GetBytes(new string('[', 100_000)), "is not valid JSON");

    [Fact]
    public async Task Fails_a_job_whose_line_is_longer_than_any_example() =>
        await FailsAtLineFourAsync(Encoding.UTF8.GetBytes(new string(' ', 9 << 20)), "longer than 8388608 bytes");

    [Fact]
    public async Task Fails_a_job_with_an_example_too_long_for_the_model_and_never_cuts_its_answer() =>
        await FailsAtLineFourAsync(
            Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"{{new string('x', 200)}}"},{"role":"assistant","content":"b"}]}"""),
            ": The example has 206 tokens and the model reads at most 128.");

    private async Task FailsAtLineFourAsync(byte[] line, string problem)
    {
        var job = await RunAsync([.. Encoding.UTF8.GetBytes(TinyModel.Examples(3)), .. line, (byte)'\n', .. Encoding.UTF8.GetBytes(TinyModel.Examples(10))]);

        Assert.Equal("failed", (string)job["status"]!);
        Assert.Equal("invalid_training_file", (string)job["error"]!["code"]!);
        Assert.Equal("training_file", (string)job["error"]!["param"]!);
        Assert.StartsWith("Line 4 of ", (string)job["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Contains(problem, (string)job["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Null(job["fine_tuned_model"]);
    }

    [Fact]
    public async Task Fails_a_job_whose_validation_file_is_broken()
    {
        var id = await _provider.CreateJobAsync(await _provider.UploadAsync(TinyModel.Examples(10)), new JsonObject { ["validation_file"] = await _provider.UploadAsync("{}\n") });
        var error = (await _provider.WaitForEndAsync(id))["error"]!;
        Assert.Equal("invalid_validation_file", (string)error["code"]!);
        Assert.Equal("validation_file", (string)error["param"]!);
    }

    [Fact]
    public async Task Takes_a_byte_order_mark_windows_line_ends_blank_lines_text_parts_and_weights()
    {
        const string odd = """{"messages":[{"role":"developer","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"x","weight":0},{"role":"user","content":"c"},{"role":"assistant","content":"d","weight":1}],"note":1}""";
        var job = await RunAsync([0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes((TinyModel.Examples(9) + odd + "\n\n").Replace("\n", "\r\n"))]);
        Assert.Equal("succeeded", (string)job["status"]!);
        Assert.Contains((await _provider.EventsAsync((string)job["id"]!)), one => ((string)one["message"]!).StartsWith("10 training examples", StringComparison.Ordinal));
    }

    private async Task<JsonObject> RunAsync(byte[] file) =>
        await _provider.WaitForEndAsync(await _provider.CreateJobAsync(await _provider.UploadAsync(file), new JsonObject { ["hyperparameters"] = new JsonObject { ["n_epochs"] = 1 } }));
}

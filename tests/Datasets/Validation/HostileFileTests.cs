using System.Text;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Tests.Validation;

/// <summary>The table of hostile uploads: each row must end as a named problem at its line, or be accepted, and never throw.</summary>
public class HostileFileTests
{
    private static readonly string Good = ChatFiles.Line(10);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] InContent(params byte[] bytes) =>
        [.. Utf8("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"""), .. bytes, .. Utf8("\"}]}")];

    public static TheoryData<string, byte[], string[]> Table => new()
    {
        { "blank line between examples", ChatFiles.WithTenth([.. Utf8("\n" + Good)]), ["10 error blank_line"] },
        { "only blank lines", Utf8("\n \n\r\n"), ["1 error blank_line", "2 error blank_line", "3 error blank_line"] },
        { "zero bytes", [], ["- error invalid_n_examples"] },
        { "nine examples", ChatFiles.Lines(9), ["- error invalid_n_examples"] },
        { "BOM at byte 0", [0xEF, 0xBB, 0xBF, .. ChatFiles.Lines(10)], ["1 warning byte_order_mark"] },
        { "BOM in mid-file", ChatFiles.WithTenth([0xEF, 0xBB, 0xBF, .. Utf8(Good)]), ["10 error invalid_json"] },
        { "CRLF", Utf8(Encoding.UTF8.GetString(ChatFiles.Lines(10)).Replace("\n", "\r\n")), [] },
        { "CR only", Utf8(Encoding.UTF8.GetString(ChatFiles.Lines(10)).Replace("\n", "\r")), ["1 error several_values_on_line"] },
        { "no newline at the end", [.. ChatFiles.Lines(9), .. Utf8(Good)], [] },
        { "blank lines at the end", [.. ChatFiles.Lines(10), .. Utf8("\n\n")], ["11 warning blank_line"] },
        { "U+2028, U+2029 and U+0085 are content", ChatFiles.WithTenth(InContent(Utf8("\u2028\u2029\u0085"))), [] },
        { "invalid UTF-8", ChatFiles.WithTenth(InContent(0xFF)), ["10 error invalid_utf8"] },
        { "overlong slash", ChatFiles.WithTenth(InContent(0xC0, 0xAF)), ["10 error invalid_utf8"] },
        { "CESU-8 surrogates", ChatFiles.WithTenth(InContent(0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80)), ["10 error invalid_utf8"] },
        { "escaped lone surrogate", ChatFiles.WithTenth(InContent(Utf8("\\ud800"))), ["10 error lone_surrogate messages[1].content"] },
        { "escaped pair", ChatFiles.WithTenth(InContent(Utf8("\\ud83d\\ude00"))), [] },
        { "lone surrogate in a key", ChatFiles.WithTenth(Utf8("""{"\ud800":1}""")), ["10 error lone_surrogate [\"?\"]"] },
        { "escaped NUL", ChatFiles.WithTenth(InContent(Utf8("\\u0000"))), ["10 error null_character messages[1].content"] },
        { "escaped NUL in a key", ChatFiles.WithTenth(Utf8("""{"a\u0000":1}""")), ["10 error null_character [\"a\\u0000\"]"] },
        { "raw NUL", ChatFiles.WithTenth(InContent(0)), ["10 error null_character"] },
        { "raw control character", ChatFiles.WithTenth(InContent(1)), ["10 error invalid_json"] },
        { "UTF-16", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes(Good)).ToArray(), ["1 error null_character"] },
        { "duplicate key", ChatFiles.WithTenth(Utf8("""{"messages":[{"role":"user","role":"system","content":"q"},{"role":"assistant","content":"a"}]}""")), ["10 error duplicate_key messages[0].role"] },
        { "duplicate key by escape", ChatFiles.WithTenth(Utf8("""{"messages":[],"m\u0065ssages":[]}""")), ["10 error duplicate_key messages"] },
        { "depth 65", ChatFiles.WithTenth(Utf8("{\"a\":" + new string('[', 64) + new string(']', 64) + "}")), ["10 error too_deep"] },
        { "depth bomb", ChatFiles.WithTenth(Utf8("{\"a\":" + new string('[', 500_000))), ["10 error too_deep"] },
        { "100,000 keys", ChatFiles.WithTenth(Utf8("{" + string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"\"{i}\":0")) + "}")), ["10 error too_many_keys"] },
        { "1e999", ChatFiles.WithTenth(Utf8("""{"a":{"b":[0,1e999]}}""")), ["10 error number_out_of_range a.b[1]"] },
        { "400 digits", ChatFiles.WithTenth(Utf8($$"""{"a":{{new string('9', 400)}}}""")), ["10 error number_out_of_range a"] },
        { "NaN", ChatFiles.WithTenth(Utf8("""{"a":NaN}""")), ["10 error invalid_json"] },
        { "array line", ChatFiles.WithTenth(Utf8("[1]")), ["10 error not_an_object"] },
        { "string line", ChatFiles.WithTenth(Utf8("\"x\"")), ["10 error not_an_object"] },
        { "null line", ChatFiles.WithTenth(Utf8("null")), ["10 error not_an_object"] },
        { "two objects on a line", ChatFiles.WithTenth(Utf8(Good + " " + Good)), ["10 error several_values_on_line"] },
        { "object over two lines", ChatFiles.WithTenth(Utf8("{\n}")), ["10 error invalid_json", "11 error invalid_json"] },
        { "not JSON at all", Utf8("id,text\n1,hello\n"), ["1 error invalid_json", "2 error not_an_object"] },
        { "a line over 1 MiB", ChatFiles.WithTenth(InContent(Utf8(new string('x', 1 << 20)))), ["10 error line_too_long"] },
        { "a zip archive", [0x50, 0x4B, 0x03, 0x04, 0x14, 0, 0, 0], ["1 error null_character"] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Names_the_problem_and_its_line(string what, byte[] file, string[] expected)
    {
        var validation = await ChatFiles.ValidateAsync(file);

        Assert.Equal(expected, validation.Problems.ToList().Select(problem => $"{problem.Line?.ToString() ?? "-"} {problem.Severity} {problem.Code} {problem.Path}".TrimEnd()));
        Assert.True(expected.Any(problem => problem.Contains("error")) != validation.IsValid, what);
    }

    [Fact]
    public async Task Says_as_OpenAI_does_that_a_file_has_too_few_examples()
    {
        var validation = await ChatFiles.ValidateAsync(ChatFiles.Lines(3));

        Assert.Equal("Training file has 3 example(s), but must have at least 10 examples", validation.Problems.FirstError!.Message);
    }

    [Fact]
    public async Task A_validation_file_of_one_example_is_enough() =>
        Assert.True((await ChatFiles.ValidateAsync(ChatFiles.Lines(1), FileRole.Validation)).IsValid);

    [Fact]
    public async Task Warns_of_lines_that_are_in_the_training_file_too()
    {
        var training = await ChatFiles.ValidateAsync(ChatFiles.Lines(10));
        var validation = await ChatFiles.ValidateAsync(ChatFiles.Lines(3, first: 10), FileRole.Validation, training);

        Assert.Equal(["warning overlaps_training_file - -"], validation.Problems.ToList().Select(ChatFiles.Brief));
        Assert.Equal(1, validation.Problems.ToList()[0].Line);
    }

    [Fact]
    public async Task Counts_every_problem_and_keeps_the_first_thousand_errors_before_warnings()
    {
        var file = Utf8(string.Concat(Enumerable.Repeat(ChatFiles.Line(1) + "\n", 600)) + string.Concat(Enumerable.Repeat("[]\n", 900)));
        var validation = await ChatFiles.ValidateAsync(file);

        Assert.Equal((900, 599), (validation.Problems.ErrorCount, validation.Problems.WarningCount));
        var kept = validation.Problems.ToList();
        Assert.Equal((1_000, 900), (kept.Count, kept.Count(problem => problem.Severity == "error")));
        Assert.Equal(kept.OrderBy(problem => problem.Line), kept);
    }

    [Fact]
    public async Task Stops_at_the_limit_of_lines()
    {
        var validation = await ChatFiles.ValidateAsync(ChatFiles.Lines(30), options: new ValidationOptions { MaxLines = 20 });

        Assert.Equal(["21 too_many_lines"], validation.Problems.ToList().Select(problem => $"{problem.Line} {problem.Code}"));
    }

    [Fact]
    public async Task Warns_of_an_example_whose_answer_would_be_cut_off()
    {
        var validation = await ChatFiles.ValidateAsync(
            ChatFiles.WithTenth(InContent(Utf8(string.Concat(Enumerable.Repeat(" word", 300))))), options: new ValidationOptions { MaxExampleTokens = 200 });

        Assert.Equal(["10 warning too_many_tokens"], validation.Problems.ToList().Select(problem => $"{problem.Line} {problem.Severity} {problem.Code}"));
    }

    /// <summary>Byte edits of a good file at seeded random places: whatever comes out, it is accepted or refused with a line, never thrown.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Never_throws_on_a_thousand_mutations_of_a_good_file(int seed)
    {
        var random = new Random(seed);
        byte[] good = [.. ChatFiles.Lines(9), .. Utf8("""{"messages":[{"role":"user","content":[{"type":"text","text":"\u00e9\ud83d\ude00"}]},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,2.5e3]}"}}],"weight":1}],"tools":[{"type":"function","function":{"name":"f"}}]}""")];
        byte[] bytes = [0, (byte)'"', (byte)'\\', (byte)'{', (byte)'}', (byte)'[', (byte)']', (byte)',', (byte)':', (byte)'\n', (byte)'\r', 0x80, 0xC0, 0xED, 0xF4, 0xFF, (byte)'u', (byte)'0', (byte)'9', (byte)'e', (byte)'-', (byte)'n'];
        for (var run = 0; run < 1_000; run++)
        {
            var file = good.ToList();
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(file.Count);
                switch (random.Next(5))
                {
                    case 0: file[at] = bytes[random.Next(bytes.Length)]; break;
                    case 1: file.Insert(at, bytes[random.Next(bytes.Length)]); break;
                    case 2: file.RemoveRange(at, Math.Min(random.Next(1, 20), file.Count - at)); break;
                    case 3: file.InsertRange(at, file.GetRange(at, Math.Min(random.Next(1, 40), file.Count - at))); break;
                    default: file[at] ^= (byte)(1 << random.Next(8)); break;
                }
            }

            var validation = await ChatFiles.ValidateAsync([.. file]);
            Assert.Equal(validation.IsValid, validation.Problems.FirstError is null);
        }
    }
}

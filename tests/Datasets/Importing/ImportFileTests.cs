using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.TestKit;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tests.Importing;

public sealed class ImportFileTests
{
    private readonly string folder = TestFolder.Create("import");

    private async Task<(ImportedFile File, string[] Lines, string[] Problems)> ImportAsync(string source, ImportRequest? request = null, ValidationOptions? options = null) =>
        await ImportAsync(Encoding.UTF8.GetBytes(source), request, options);

    private async Task<(ImportedFile File, string[] Lines, string[] Problems)> ImportAsync(byte[] source, ImportRequest? request = null, ValidationOptions? options = null)
    {
        var importer = new ImportFile(new FileStorage(Options.Create(new StorageOptions { Path = folder })), Options.Create(options ?? new ValidationOptions()));
        await using var file = await importer.HandleAsync(new MemoryStream(source), request ?? new ImportRequest(), TrainingMethod.Supervised, file: null, TestContext.Current.CancellationToken);
        var text = await new StreamReader(file.Rewind(), leaveOpen: true).ReadToEndAsync(TestContext.Current.CancellationToken);
        return (file, text.Split('\n', StringSplitOptions.RemoveEmptyEntries), [.. file.Problems.ToList().Select(problem => $"{problem.Line} {problem.Severity} {problem.Code} {problem.Path ?? "-"}")]);
    }

    /// <summary>`role: content | role: content`.</summary>
    private static string Brief(string line)
    {
        using var example = JsonDocument.Parse(line);
        return string.Join(" | ", example.RootElement.GetProperty("messages").EnumerateArray().Select(message => $"{message.GetProperty("role").GetString()}: {message.GetProperty("content").GetString()}"));
    }

    [Theory]
    [InlineData("""{"prompt":"2+2? ->","completion":" 4"}""", "prompt_completion", "user: 2+2? -> | assistant: 4")]
    [InlineData("""{"instruction":"Add.","input":"2, 2","output":"4"}""", "alpaca", "user: Add.\n\n2, 2 | assistant: 4")]
    [InlineData("""{"instruction":"Say hi.","input":"","output":"Hi","system":"Be kind."}""", "alpaca", "system: Be kind. | user: Say hi. | assistant: Hi")]
    [InlineData("""{"id":"x","conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Yes?"},{"from":"human","value":"nobody answers this"}]}""", "sharegpt", "user: Hi | assistant: Yes?")]
    [InlineData("""{"question":"2+2?","choices":["3","4"],"answer":1}""", "multiple_choice", "system: Answer with the letter of the only correct option. | user: Question: 2+2?\nA. 3\nB. 4\nAnswer: | assistant: B")]
    [InlineData("""{"context":"P","question":"Q","answers":["v","w","x","y","z"],"label":4,"id_string":"i"}""", "ar_lsat", "system: Answer with the letter of the only correct option. | user: Passage: P\nQuestion: Q\nA. v\nB. w\nC. x\nD. y\nE. z\nAnswer: | assistant: E")]
    public async Task Finds_the_form_of_lines_and_of_an_array(string record, string format, string expected)
    {
        foreach (var source in new[] { $"{record}\n{record}\n", $"[\n{record},\n{record}\n]", $"\uFEFF  [{record},{record}]" })
        {
            var (file, lines, problems) = await ImportAsync(source);
            Assert.Equal((format, true), (file.Format, file.IsConverted));
            Assert.Equal([expected, expected], lines.Select(Brief));
            Assert.Empty(problems);
        }
    }

    [Fact]
    public async Task Chat_lines_stay_the_callers_own_bytes_and_chat_in_an_array_keeps_every_field()
    {
        const string Odd = """{ "messages" : [ {"role":"user","content":"\u00e9"},{"role":"assistant","content":"ok","weight":0} ] }""";
        var (file, lines, _) = await ImportAsync($"{Odd}\n");
        Assert.Equal(("chat", false), (file.Format, file.IsConverted));
        Assert.Equal([Odd], lines);

        var (array, converted, _) = await ImportAsync($"[{Odd}]");
        Assert.Equal(("chat", true), (array.Format, array.IsConverted));
        using var example = JsonDocument.Parse(Assert.Single(converted));
        Assert.Equal(0, example.RootElement.GetProperty("messages")[1].GetProperty("weight").GetInt32());
    }

    [Theory]
    [InlineData(',')]
    [InlineData(';')]
    [InlineData('\t')]
    public async Task Reads_tables_with_quotes_and_line_ends_in_fields(char delimiter)
    {
        var source = "question,A,B,answer\n\"Which, of \"\"these\"\"\nis it?\",one,two,b\n\nNext?,x,y,0\n".Replace(',', delimiter).Replace($"Which{delimiter} of", "Which, of");
        var (file, lines, problems) = await ImportAsync(source);
        Assert.Empty(problems);
        Assert.Equal("multiple_choice", file.Format);
        Assert.Equal([2, 5], file.SourceLines);
        Assert.EndsWith("user: Question: Which, of \"these\"\nis it?\nA. one\nB. two\nAnswer: | assistant: B", Brief(lines[0]));
        Assert.EndsWith("| assistant: A", Brief(lines[1]));
    }

    [Fact]
    public async Task A_template_makes_messages_of_any_record_and_a_group_holds_rows_together()
    {
        var request = new ImportRequest { Template = new ImportTemplate { System = "Classify {{x}}.", User = "{title}: {text}", Assistant = "{label}" }, Group = "author" };
        var (file, lines, problems) = await ImportAsync("title,text,label,author\nOne,first,a,Ann\nTwo,second,b,Bob\nThree,third,a,Ann\n", request);
        Assert.Empty(problems);
        Assert.Equal("system: Classify {x}. | user: One: first | assistant: a", Brief(lines[0]));
        Assert.Equal(file.Groups[0], file.Groups[2]);
        Assert.NotEqual(file.Groups[0], file.Groups[1]);
    }

    [Theory]
    [InlineData("""{"a":1}""" + "\n", """{"user":"{b}","assistant":"x"}""", "1 error invalid_record b")]
    [InlineData("""{"a":{}}""" + "\n", """{"user":"{a}","assistant":"x"}""", "1 error invalid_record a")]
    [InlineData("""[{"question":"q","options":["x","y"],"answer":"C"}]""", null, "1 error invalid_record answer")]
    [InlineData("""[{"question":"q","options":["x"],"answer":"A"}]""", null, "1 error invalid_record options")]
    [InlineData("""[{"passage":"p","questions":[{"question":"q","options":["x","y"],"answer":"B"},{"question":"","options":["x","y"],"answer":"B"}]}]""", null, "1 error invalid_record questions[1].question|1 warning few_options questions[0].options")]
    [InlineData("""[{"conversations":[{"from":"alien","value":"q"}]}]""", null, "1 error invalid_record conversations[0].from")]
    [InlineData("""[{"instruction":"q","output":"  "}]""", null, "1 error invalid_record output")]
    [InlineData("""[{"colour":"red"}]""", null, "1 error unknown_format -")]
    [InlineData("""[{"prompt":"a","completion":"b"},7,{"prompt":"a","completion":"b"}]""", null, "2 error not_an_object -")]
    [InlineData("""[{"prompt":"a","completion":"b"},{"prompt":""", null, "2 error invalid_json -")]
    [InlineData("name,age\nAnn,7\n", null, "1 error unknown_format -")]
    [InlineData("prompt,completion\na,b,c\nd,e\n", null, "2 error invalid_row -")]
    [InlineData("prompt,completion\na,\"b\n", null, "2 error invalid_row -")]
    [InlineData("prompt,prompt\na,b\n", null, "1 error duplicate_key -")]
    public async Task Names_the_place_and_the_field_of_what_it_cannot_read(string source, string? template, string problems)
    {
        var request = new ImportRequest { Template = template is null ? null : JsonSerializer.Deserialize<ImportTemplate>(template, JsonSerializerOptions.Web) };
        Assert.Equal(problems.Split('|'), (await ImportAsync(source, request)).Problems);
    }

    [Fact]
    public async Task Refuses_a_table_that_is_not_UTF8_and_a_record_without_end()
    {
        Assert.Equal(["2 error invalid_utf8 -"], (await ImportAsync([.. "prompt,completion\na,"u8, 0xE9, (byte)'\n'])).Problems);
        var small = new ValidationOptions { MaxLineBytes = 200_000 };
        var endless = new string('x', 1_000_000);
        Assert.Equal(["1 error line_too_long -"], (await ImportAsync($$"""[{"prompt":"{{endless}}","completion":"b"}]""", options: small)).Problems);
        Assert.Equal(["2 error line_too_long -"], (await ImportAsync($"prompt,completion\n\"{endless}", options: small)).Problems);
    }

    [Fact]
    public async Task Leaves_no_temporary_file()
    {
        await ImportAsync("""[{"prompt":"a","completion":"b"}]""");
        await ImportAsync("""[{"prompt":"a","completi""");
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "incoming")));
    }

    [Theory]
    [InlineData("{", "'import.template.user': the brace at character 1 opens no {name}; write {{ for a brace.")]
    [InlineData("a}", "'import.template.user': the brace at character 2 closes nothing; write }} for a brace.")]
    [InlineData(" ", "'import.template.user' must not be empty.")]
    public void Refuses_a_template_that_cannot_be_filled(string user, string message) =>
        Assert.Equal(message, Importers.Check(new ImportRequest { Template = new ImportTemplate { User = user, Assistant = "{x}" } }, TrainingMethod.Supervised));
}

using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.TestKit;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Tests.Importing;

/// <summary>Records for the methods `dpo` and `reinforcement`.</summary>
public sealed class MethodImportTests
{
    private readonly string folder = TestFolder.Create("import");

    private async Task<(ImportedFile File, string[] Lines, string[] Problems)> ImportAsync(TrainingMethod method, string source, string format = "auto")
    {
        var importer = new ImportFile(new FileStorage(Options.Create(new StorageOptions { Path = folder })), Options.Create(new ValidationOptions()));
        await using var file = await importer.HandleAsync(new MemoryStream(Encoding.UTF8.GetBytes(source)), new ImportRequest { Format = format }, method, file: null, TestContext.Current.CancellationToken);
        var text = await new StreamReader(file.Rewind(), leaveOpen: true).ReadToEndAsync(TestContext.Current.CancellationToken);
        return (file, text.Split('\n', StringSplitOptions.RemoveEmptyEntries), [.. file.Problems.ToList().Select(problem => $"{problem.Line} {problem.Severity} {problem.Code} {problem.Path ?? "-"}: {problem.Message}")]);
    }

    private const string Expected = """{"input":{"messages":[{"role":"user","content":"2+2?"}]},"preferred_output":[{"role":"assistant","content":"4"}],"non_preferred_output":[{"role":"assistant","content":"5"}]}""";

    [Theory]
    [InlineData("preference", Expected)]
    [InlineData("preference", """{"input":{"messages":[{"role":"user","content":"2+2?"}]},"preferred_completion":[{"role":"assistant","content":"4"}],"non_preferred_completion":[{"role":"assistant","content":"5"}]}""")]
    [InlineData("preference", """{"input":{"messages":[{"role":"user","content":"2+2?"}]},"preferred_output":[{"role":"assistant","content":"4"}],"non_preferred_completion":[{"role":"assistant","content":"5"}]}""")]
    [InlineData("preference_pairs", """{"prompt":"2+2?","chosen":"4","rejected":"5","score":1}""")]
    [InlineData("preference_pairs", """{"question":"2+2?","rejected_response":"5","chosen_response":"4"}""")]
    [InlineData("preference_pairs", """{"prompt":[{"role":"user","content":"2+2?"}],"chosen":[{"role":"assistant","content":"4"}],"rejected":[{"role":"assistant","content":"5"}]}""")]
    [InlineData("preference_pairs", """{"prompt":[{"role":"user","content":"2+2?"}],"chosen":{"role":"assistant","content":"4"},"rejected":{"role":"assistant","content":"5"}}""")]
    [InlineData("preference_pairs", """{"chosen":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"4"}],"rejected":[{"content":"2+2?","role":"user"},{"role":"assistant","content":"5"}]}""")]
    [InlineData("preference_pairs", """{"prompt":"2+2?","chosen_conversations":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"4"}],"rejected_conversations":[{"role":"user","content":"2+2?"},{"role":"assistant","content":"5"}]}""")]
    [InlineData("preference_pairs", """{"chosen":"\n\nHuman: 2+2?\n\nAssistant: 4","rejected":"\n\nHuman: 2+2?\n\nAssistant: 5"}""")]
    public async Task Every_form_of_a_pair_becomes_the_same_preference(string format, string record)
    {
        var (file, lines, problems) = await ImportAsync(TrainingMethod.Dpo, record + "\n" + record);
        Assert.Empty(problems);
        Assert.Equal((format, true), (file.Format, file.IsConverted));
        Assert.Equal([Expected, Expected], lines);
        Assert.Single(file.Groups.Distinct());
    }

    [Fact]
    public async Task A_system_prompt_and_earlier_turns_come_before_the_answers()
    {
        var (_, lines, problems) = await ImportAsync(TrainingMethod.Dpo, """
            {"system":"Be kind.","prompt":"q","chosen":"a","rejected":"b"}
            {"prompt":"three","chosen":[{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":"three"},{"role":"assistant","content":"four"}],"rejected":[{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":"three"},{"role":"assistant","content":"five"}]}
            {"chosen":"Human: one\n\nAssistant: two\n\nHuman: three\n\nAssistant: four","rejected":"Human: one\n\nAssistant: two\n\nHuman: three\n\nAssistant: five"}
            """);
        Assert.Empty(problems);
        static string Roles(string line) => string.Join(' ', JsonDocument.Parse(line).RootElement.GetProperty("input").GetProperty("messages").EnumerateArray().Select(message => $"{message.GetProperty("role")}:{message.GetProperty("content")}"));
        Assert.Equal(["system:Be kind. user:q", "user:one assistant:two user:three", "user:one assistant:two user:three"], lines.Select(Roles));
        Assert.Equal("four", JsonDocument.Parse(lines[1]).RootElement.GetProperty("preferred_output")[0].GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_table_of_pairs_is_read_too_and_pairs_of_one_prompt_are_a_group()
    {
        var (file, lines, problems) = await ImportAsync(TrainingMethod.Dpo, "prompt,chosen,rejected\nq1,a,b\nq1,a,c\nq2,a,b\n");
        Assert.Empty(problems);
        Assert.Equal((3, 2), (lines.Length, file.Groups.Distinct().Count()));
    }

    [Theory]
    [InlineData("""{"prompt":"q","chosen":"a","rejected":" "}""", "1 error invalid_record rejected: 'rejected' must be a text that is not empty, or a list of messages.")]
    [InlineData("""{"chosen":"a","rejected":"b"}""", "1 error invalid_record prompt: The record has no 'prompt', and its answers hold no conversation before them.")]
    [InlineData("""{"prompt":"q","chosen":[{"role":"user","content":"x"}],"rejected":"b"}""", "1 error invalid_record chosen: 'chosen' must end with an answer of the assistant.")]
    [InlineData("""{"chosen":"Human: x\n\nAssistant: a","rejected":"Human: y\n\nAssistant: b"}""", "1 error invalid_record rejected: The conversations in 'chosen' and 'rejected' differ before their last message; two answers to the same are needed.")]
    public async Task A_pair_that_cannot_be_read_says_why(string record, string problem) => Assert.Equal(problem, Assert.Single((await ImportAsync(TrainingMethod.Dpo, record)).Problems));

    [Fact]
    public async Task Prompts_of_reinforcement_are_left_as_they_are_and_others_keep_their_fields_for_the_grader()
    {
        const string Ready = """{ "messages":[{"role":"user","content":"q"}], "answer":4}""";
        var (ready, lines, _) = await ImportAsync(TrainingMethod.Reinforcement, Ready);
        Assert.Equal(("reinforcement", false, Ready), (ready.Format, ready.IsConverted, lines.Single()));

        var (made, questions, problems) = await ImportAsync(TrainingMethod.Reinforcement, """[{"system":"s","question":"2+2?","answer":4,"hard":{"level":[1]}}]""");
        Assert.Empty(problems);
        Assert.Equal(("reinforcement", true), (made.Format, made.IsConverted));
        Assert.Equal("""{"messages":[{"role":"system","content":"s"},{"role":"user","content":"2+2?"}],"answer":4,"hard":{"level":[1]}}""", questions.Single());
    }

    [Theory]
    [InlineData(TrainingMethod.Supervised, "prompt,chosen,rejected\nq,a,b", "'dpo'")]
    [InlineData(TrainingMethod.Supervised, """[{"input":{"messages":[]},"preferred_output":[]}]""", "'dpo'")]
    [InlineData(TrainingMethod.Dpo, "prompt,completion\nq,a", "'supervised'")]
    [InlineData(TrainingMethod.Reinforcement, "prompt,chosen,rejected\nq,a,b", "'dpo'")]
    public async Task A_file_for_another_method_names_it(TrainingMethod method, string source, string named)
    {
        var problem = Assert.Single((await ImportAsync(method, source)).Problems);
        Assert.StartsWith("1 error unknown_format", problem);
        Assert.Contains($"so it seems to be for the method {named}", problem);
    }

    [Theory]
    [InlineData("alpaca", TrainingMethod.Dpo, "'import.format' alpaca makes examples for the method 'supervised'; for 'dpo' there are preference, preference_pairs.")]
    [InlineData("preference", TrainingMethod.Supervised, "'import.format' preference makes examples for the method 'dpo'; for 'supervised' there are chat, sharegpt, ar_lsat, multiple_choice, alpaca, prompt_completion.")]
    public void A_format_of_another_method_is_refused(string format, TrainingMethod method, string message) => Assert.Equal(message, Importers.Check(new ImportRequest { Format = format }, method));

    [Fact]
    public void A_template_makes_supervised_examples_only() =>
        Assert.Contains("'supervised', not for 'dpo'", Importers.Check(new ImportRequest { Template = new ImportTemplate { User = "{a}", Assistant = "{b}" } }, TrainingMethod.Dpo));
}

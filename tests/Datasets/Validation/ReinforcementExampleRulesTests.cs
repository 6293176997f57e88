using System.Text;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Tests.Validation;

public class ReinforcementExampleRulesTests
{
    public static string Line(int number) => $$"""{"messages":[{"role":"user","content":"What is {{number}} + 1?"}],"answer":{{number + 1}},"unit":"apples"}""";

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"answer":1,"unit":"x"}""", "error last_message_not_user 1 messages[1].role")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"system","content":"s"}],"answer":1,"unit":"x"}""", "error last_message_not_user 1 messages[1].role")]
    [InlineData("""{"messages":[],"answer":1,"unit":"x"}""", "error invalid_messages - messages")]
    [InlineData("""{"prompt":"q","answer":1,"unit":"x"}""", "error missing_messages - messages")]
    [InlineData("""{"input":{"messages":[]},"preferred_output":[],"non_preferred_output":[]}""", "error wrong_method - -")]
    [InlineData("""{"messages":[{"role":"user","content":"q","weight":1}],"answer":1,"unit":"x"}""", "error misplaced_message_key 0 messages[0].weight")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"answer":1,"unit":"x","tools":[1]}""", "error invalid_tools - tools[0]")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"answer":1}""", "warning missing_reference - unit")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"answer":null,"unit":"x"}""", "warning missing_reference - answer")]
    [InlineData("""{"messages":[{"role":"user","content":"q"}],"answer":1,"unit":"x","rubric":"r"}""", "warning missing_reference - rubric")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0},{"role":"user","content":"q"}],"answer":1,"unit":"x"}""", "warning unused_weight 1 messages[1].weight")]
    public async Task Names_the_place_of_a_wrong_prompt(string line, string expected) =>
        Assert.Equal(expected, Assert.Single(await ChatFiles.ProblemsOfTenthAsync(TrainingMethod.Reinforcement, Line, line)));

    [Theory]
    [InlineData("""{"messages":[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}],"answer":{"deep":[1]},"unit":"","tools":[{"type":"function","function":{"name":"f"}}]}""")]
    [InlineData("""{"unit":"x","answer":false,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"q"}]}""")]
    public async Task Accepts_every_form_of_a_prompt(string line) => Assert.Empty(await ChatFiles.ProblemsOfTenthAsync(TrainingMethod.Reinforcement, Line, line));

    [Fact]
    public async Task A_file_without_references_is_warned_of_once()
    {
        var lines = Enumerable.Range(1, 10).Select(number => $$"""{"messages":[{"role":"user","content":"Write poem {{number}}."}]}""" + "\n");
        var validation = await ChatFiles.ValidateAsync(Encoding.UTF8.GetBytes(string.Concat(lines)), method: TrainingMethod.Reinforcement);
        Assert.Equal(["warning no_reference - -"], validation.Problems.ToList().Select(ChatFiles.Brief));
    }

    [Fact]
    public async Task Prompts_read_for_supervised_training_name_reinforcement()
    {
        var error = (await ChatFiles.ValidateAsync(ChatFiles.WithTenth(Encoding.UTF8.GetBytes(Line(1))))).Problems.FirstError!;
        Assert.Equal("no_assistant_message", error.Code);
        Assert.Contains("'reinforcement'", error.Message);
    }
}

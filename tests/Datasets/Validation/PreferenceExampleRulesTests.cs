using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Tests.Validation;

public class PreferenceExampleRulesTests
{
    private const string Input = """{"messages":[{"role":"user","content":"q"}]}""";
    private const string Good = """[{"role":"assistant","content":"good"}]""";
    private const string Bad = """[{"role":"assistant","content":"bad"}]""";
    private const string Answers = $"\"preferred_output\":{Good},\"non_preferred_output\":{Bad}";
    private const string Call = """{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}""";

    public static string Line(int number) =>
        $$"""{"input":{"messages":[{"role":"user","content":"Question {{number}}?"}]},"preferred_output":[{"role":"assistant","content":"Better {{number}}."}],"non_preferred_output":[{"role":"assistant","content":"Worse {{number}}."}]}""";

    public static TheoryData<string, string[]> Refused => new()
    {
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", ["error wrong_method - -"] },
        { """{"messages":[{"role":"user","content":"q"}],"answer":"x"}""", ["error wrong_method - -"] },
        { """{"prompt":"q","completion":"a"}""", ["error wrong_method - -"] },
        { """{"prompt":"q","chosen":"a","rejected":"b"}""", ["error missing_input - input"] },
        { $"{{\"messages\":[],\"input\":{Input},{Answers}}}", ["error wrong_method - messages"] },
        { $"{{{Answers}}}", ["error missing_input - input"] },
        { $"{{\"input\":\"q\",{Answers}}}", ["error invalid_input - input"] },
        { $"{{\"input\":{{}},{Answers}}}", ["error missing_messages - input.messages"] },
        { $"{{\"input\":{{\"messages\":[]}},{Answers}}}", ["error invalid_messages - input.messages"] },
        { $"{{\"input\":{{\"messages\":[{{\"role\":\"user\"}}]}},{Answers}}}", ["error missing_content 0 input.messages[0].content"] },
        { $"{{\"input\":{{\"messages\":[{{\"role\":\"user\",\"content\":\"q\"}},{{\"role\":\"assistant\",\"content\":\"a\"}}]}},{Answers}}}", ["error last_message_not_user 1 input.messages[1].role"] },
        { $"{{\"input\":{{\"messages\":[{{\"role\":\"system\",\"content\":\"s\"}}]}},{Answers}}}", ["error last_message_not_user 0 input.messages[0].role"] },
        { $"{{\"input\":{{\"messages\":[{{\"role\":\"user\",\"content\":\"q\"}}],\"tools\":{{}}}},{Answers}}}", ["error invalid_tools - input.tools"] },
        { $"{{\"input\":{{\"messages\":[{{\"role\":\"user\",\"content\":[{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"https://x/y.png\"}}}}]}}]}},{Answers}}}", ["error image_not_allowed 0 input.messages[0].content[0]"] },
        { $"{{\"input\":{Input},\"preferred_output\":{Good}}}", ["error missing_output - non_preferred_output"] },
        { $"{{\"input\":{Input},\"preferred_output\":\"good\",\"non_preferred_output\":[]}}", ["error invalid_output - preferred_output", "error invalid_output - non_preferred_output"] },
        { $"{{\"input\":{Input},\"preferred_output\":[{{\"role\":\"user\",\"content\":\"a\"}}],\"non_preferred_output\":{Bad}}}", ["error output_not_assistant 0 preferred_output[0].role"] },
        { $"{{\"input\":{Input},\"preferred_output\":[{{\"role\":\"assistant\",\"content\":\" \"}}],\"non_preferred_output\":{Bad}}}", ["error blank_assistant_content 0 preferred_output[0].content"] },
        { $"{{\"input\":{Input},\"preferred_output\":[{Call},{{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"}}],\"non_preferred_output\":{Bad}}}", ["error output_not_assistant 1 preferred_output[1].role", "warning several_output_messages - preferred_output"] },
        { $"{{\"input\":{Input},{Answers},\"preferred_completion\":{Good}}}", ["error two_spellings - preferred_completion"] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Names_the_place_of_a_wrong_preference(string line, string[] expected) =>
        Assert.Equal(expected, await ChatFiles.ProblemsOfTenthAsync(TrainingMethod.Dpo, Line, line));

    [Theory]
    [InlineData($"{{\"input\":{Input},{Answers}}}")]
    [InlineData("""{"input":{"messages":[{"role":"user","content":"q"}]},"preferred_output":[{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}],"non_preferred_output":[{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"g","arguments":"{}"}}]}]}""")]
    [InlineData($"{{\"input\":{Input},\"preferred_output\":[{Call}],\"non_preferred_output\":{Bad},\"tag\":\"t\"}}")]
    [InlineData("""{"input":{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"},{"role":"user","content":"q"}],"tools":[{"type":"function","function":{"name":"f"}}],"parallel_tool_calls":true},"preferred_output":[{"role":"assistant","content":"x"}],"non_preferred_output":[{"role":"assistant","content":"y"}]}""")]
    public async Task Accepts_every_form_of_a_preference(string line) => Assert.Empty(await ChatFiles.ProblemsOfTenthAsync(TrainingMethod.Dpo, Line, line));

    [Theory]
    [InlineData($"{{\"input\":{Input},\"preferred_output\":{Good},\"non_preferred_output\":{Good}}}", "warning equal_outputs - non_preferred_output")]
    [InlineData($"{{\"input\":{Input},\"preferred_completion\":{Good},\"non_preferred_output\":{Bad}}}", "warning old_spelling - preferred_completion")]
    [InlineData($"{{\"input\":{Input},\"preferred_output\":{Good},\"non_preferred_output\":[{{\"role\":\"assistant\",\"content\":\"\"}}]}}", "warning blank_content 0 non_preferred_output[0].content")]
    [InlineData($"{{\"input\":{Input},\"preferred_output\":[{{\"role\":\"assistant\",\"content\":\"x\",\"weight\":1}}],\"non_preferred_output\":{Bad}}}", "warning unused_weight 0 preferred_output[0].weight")]
    [InlineData($"{{\"input\":{Input},{Answers},\"margin\":2}}", "warning unknown_key - margin")]
    [InlineData($"{{\"input\":{{\"messages\":[{{\"role\":\"user\",\"content\":\"q\"}}],\"functions\":[{{\"name\":\"f\"}}]}},{Answers}}}", "warning unknown_key - input.functions")]
    public async Task Warns_of_what_is_odd_but_trainable(string line, string expected) => Assert.Equal(expected, Assert.Single(await ChatFiles.ProblemsOfTenthAsync(TrainingMethod.Dpo, Line, line)));

    [Fact]
    public async Task A_chat_file_read_for_dpo_and_a_preference_file_read_for_chat_name_the_right_method()
    {
        var chat = await ChatFiles.ValidateAsync(ChatFiles.Lines(10), method: TrainingMethod.Dpo);
        Assert.Equal((10, "The line is no preference. It has 'messages' that end with an answer, so it seems to be for the method 'supervised': name that method, or bring other data."), (chat.Problems.ErrorCount, chat.Problems.FirstError!.Message));
        var preference = await ChatFiles.ValidateAsync(ChatFiles.WithTenth(System.Text.Encoding.UTF8.GetBytes(Line(1))));
        Assert.Equal((10, "wrong_method"), (preference.Problems.FirstError!.Line, preference.Problems.FirstError.Code));
        Assert.Contains("'preferred_output', so it seems to be for the method 'dpo'", preference.Problems.FirstError.Message);
    }
}

namespace FineTuneAspire.Datasets.Tests.Validation;

public class ChatExampleRulesTests
{
    private const string Answer = """{"role":"assistant","content":"ok"}""";
    private const string Call = """{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}""";

    public static TheoryData<string, string[]> Refused => new()
    {
        { """{"prompt":"a","completion":"b"}""", ["error missing_messages - messages", "warning unknown_key - prompt", "warning unknown_key - completion"] },
        { """{"messages":"x"}""", ["error invalid_messages - messages"] },
        { """{"messages":[]}""", ["error invalid_messages - messages"] },
        { """{"messages":[1,""" + Answer + "]}", ["error message_not_an_object 0 messages[0]"] },
        { """{"messages":[{"content":"q"},""" + Answer + "]}", ["error missing_role 0 messages[0].role"] },
        { """{"messages":[{"role":"human","content":"q"},""" + Answer + "]}", ["error unknown_role 0 messages[0].role"] },
        { """{"messages":[{"role":7,"content":"q"},""" + Answer + "]}", ["error unknown_role 0 messages[0].role"] },
        { """{"messages":[{"role":"user"},""" + Answer + "]}", ["error missing_content 0 messages[0].content"] },
        { """{"messages":[{"role":"user","content":null},""" + Answer + "]}", ["error missing_content 0 messages[0].content"] },
        { """{"messages":[{"role":"user","content":7},""" + Answer + "]}", ["error invalid_content 0 messages[0].content"] },
        { """{"messages":[{"role":"user","content":[]},""" + Answer + "]}", ["error invalid_content 0 messages[0].content"] },
        { """{"messages":[{"role":"user","content":[{"type":"text"}]},""" + Answer + "]}", ["error invalid_content 0 messages[0].content[0]"] },
        { """{"messages":[{"role":"user","content":[{"type":"video","video":1}]},""" + Answer + "]}", ["error unknown_content_part 0 messages[0].content[0]"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]}""", ["error invalid_content 1 messages[1].content[0]"] },
        { """{"messages":[{"role":"user","content":"q","text":"x"},""" + Answer + "]}", ["error unknown_message_key 0 messages[0].text"] },
        { """{"messages":[{"role":"user","content":"q","a b":1},""" + Answer + "]}", ["error unknown_message_key 0 messages[0][\"a b\"]"] },
        { """{"messages":[{"role":"user","content":"q","weight":1},""" + Answer + "]}", ["error misplaced_message_key 0 messages[0].weight"] },
        { """{"messages":[{"role":"user","content":"q","name":""},""" + Answer + "]}", ["error invalid_name 0 messages[0].name"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0.5}]}""", ["error invalid_weight 1 messages[1].weight"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":"1"}]}""", ["error invalid_weight 1 messages[1].weight"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":0}]}""", ["error no_trained_message - messages"] },
        { """{"messages":[{"role":"user","content":"q"}]}""", ["error no_assistant_message - messages"] },
        { """{"messages":[{"role":"user","content":"q"},""" + Answer + """,{"role":"user","content":"more"}]}""", ["error last_message_not_assistant 2 messages[2].role"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"  "}]}""", ["error blank_assistant_content 1 messages[1].content"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null}]}""", ["error missing_content 1 messages[1].content"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[]}]}""", ["error invalid_tool_call 1 messages[1].tool_calls"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"","type":"x","function":{"name":"","arguments":"{"}}]}]}""", [
            "error invalid_tool_call 1 messages[1].tool_calls[0].id", "error invalid_tool_call 1 messages[1].tool_calls[0].type",
            "error invalid_tool_call 1 messages[1].tool_calls[0].function.name", "error invalid_tool_arguments 1 messages[1].tool_calls[0].function.arguments"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function"}]}]}""", ["error invalid_tool_call 1 messages[1].tool_calls[0].function"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","function_call":{"name":"f","arguments":"no"}}]}""", ["error invalid_tool_arguments 1 messages[1].function_call.arguments"] },
        { """{"messages":[{"role":"user","content":"q"},""" + Call + """,{"role":"tool","content":"r"},""" + Answer + "]}", ["error missing_tool_call_id 2 messages[2].tool_call_id"] },
        { """{"messages":[{"role":"user","content":"q"},""" + Call + """,{"role":"tool","tool_call_id":"c2","content":"r"},""" + Answer + "]}", ["error unknown_tool_call_id 2 messages[2].tool_call_id"] },
        { """{"messages":[{"role":"function","content":"r"},""" + Answer + "]}", ["error invalid_name 0 messages[0].name"] },
        { """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a","refusal":1}]}""", ["error invalid_refusal 1 messages[1].refusal"] },
        { """{"messages":[""" + Answer + """],"tools":{}}""", ["error invalid_tools - tools"] },
        { """{"messages":[""" + Answer + """],"tools":[{"type":"function"}]}""", ["error invalid_tools - tools[0]"] },
        { """{"messages":[""" + Answer + """],"functions":[{"title":"f"}]}""", ["error invalid_functions - functions[0]"] },
        { """{"messages":[""" + Answer + """],"parallel_tool_calls":"yes"}""", ["error invalid_parallel_tool_calls - parallel_tool_calls"] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Names_line_message_and_path_of_a_wrong_example(string line, string[] expected) =>
        Assert.Equal(expected, await ChatFiles.ProblemsOfTenthAsync(line));

    [Theory]
    [InlineData("""{"messages":[{"role":"system","content":"s"},{"role":"developer","content":"d"},{"role":"user","name":"ann","content":"q"},{"role":"assistant","content":"a","weight":0},{"role":"user","content":"q"},{"role":"assistant","content":"a","weight":1}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c1","content":"r"},{"role":"assistant","content":"a"}],"tools":[{"type":"function","function":{"name":"f","parameters":{}}}],"parallel_tool_calls":false}""")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"r"},{"role":"assistant","content":"a"}],"functions":[{"name":"f"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","detail":"low"}}]},{"role":"assistant","content":[{"type":"text","text":"a"}]}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"refusal":"no"}],"tag":"unseen"}""")]
    public async Task Accepts_every_form_of_a_chat_example(string line) => Assert.Empty(await ChatFiles.ProblemsOfTenthAsync(line));

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":" "},{"role":"assistant","content":"a"}]}""", "warning blank_content 0 messages[0].content")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"source":"web"}""", "warning unknown_key - source")]
    [InlineData("""{"messages":[{"role":"user","content":"Question 3?"},{"role":"assistant","content":"Answer 3."}]}""", "warning duplicate_line - -")]
    public async Task Warns_of_what_is_odd_but_trainable(string line, string expected) => Assert.Equal(expected, Assert.Single(await ChatFiles.ProblemsOfTenthAsync(line)));
}

using System.Net;
using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests.Chat;

public sealed class CompleteChatTests(TunedProvider tuned) : IClassFixture<TunedProvider>
{
    private const string Sky = "\"messages\":[{\"role\":\"user\",\"content\":\"sky?\"}],\"temperature\":0";

    [Fact]
    public async Task Answers_in_openais_shape()
    {
        var answer = await tuned.Provider.PostAsync("chat/completions", $$"""{"model":"{{tuned.Model}}",{{Sky}}}""");

        var (id, created) = ((string)answer["id"]!, (long)answer["created"]!);
        Assert.Matches("^chatcmpl-[0-9a-f]{32}$", id);
        var (prompt, completion) = ((int)answer["usage"]!["prompt_tokens"]!, (int)answer["usage"]!["completion_tokens"]!);
        Assert.Equal(
            $$$"""{"id":"{{{id}}}","object":"chat.completion","created":{{{created}}},"model":"{{{tuned.Model}}}","choices":[{"index":0,"message":{"role":"assistant","content":"blue as ever","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":{{{prompt}}},"completion_tokens":{{{completion}}},"total_tokens":{{{prompt + completion}}}},"system_fingerprint":null}""",
            answer.ToJsonString());
        Assert.InRange(prompt, 5, 10);
        Assert.InRange(completion, 2, 13);
    }

    [Fact]
    public async Task Streams_role_text_reason_usage_and_done()
    {
        var response = await tuned.Provider.SendAsync("chat/completions", $$$"""{"model":"{{{tuned.Model}}}",{{{Sky}}},"stream":true,"stream_options":{"include_usage":true}}""");
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var lines = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);

        Assert.All(lines, line => Assert.StartsWith("data: ", line, StringComparison.Ordinal));
        Assert.Equal("data: [DONE]", lines[^1]);
        var chunks = lines[..^1].Select(line => JsonNode.Parse(line[6..])!.AsObject()).ToList();
        var (id, created) = ((string)chunks[0]["id"]!, (long)chunks[0]["created"]!);
        var head = $$"""{"id":"{{id}}","object":"chat.completion.chunk","created":{{created}},"model":"{{tuned.Model}}","system_fingerprint":null""";
        AssertSame(head + ""","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}""", chunks[0]);
        Assert.Equal("blue as ever", string.Concat(chunks[1..^2].Select(chunk => (string)chunk["choices"]![0]!["delta"]!["content"]!)));
        Assert.All(chunks[1..^2], chunk => Assert.False(chunk["choices"]![0]!["delta"]!.AsObject().ContainsKey("role")));
        AssertSame(head + ""","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null}""", chunks[^2]);
        var usage = chunks[^1]["usage"]!;
        AssertSame(head + $$""","choices":[],"usage":{{usage.ToJsonString()}}}""", chunks[^1]);
        Assert.Equal((int)usage["prompt_tokens"]! + (int)usage["completion_tokens"]!, (int)usage["total_tokens"]!);
    }

    private static void AssertSame(string expected, JsonObject actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual.ToJsonString());

    [Fact]
    public async Task Sends_no_usage_that_was_not_asked_for()
    {
        var stream = await (await tuned.Provider.SendAsync("chat/completions", $$"""{"model":"{{tuned.Model}}",{{Sky}},"stream":true}""")).Content.ReadAsStringAsync();
        Assert.DoesNotContain("usage", stream, StringComparison.Ordinal);
        Assert.EndsWith("\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n", stream, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"stop\":\" as\"", "blue", "stop")]
    [InlineData("\"stop\":[\"zzz\",\"ever\"]", "blue as ", "stop")]
    [InlineData("\"stop\":null,\"max_tokens\":1", null, "length")]
    [InlineData("\"max_completion_tokens\":1,\"max_tokens\":50", null, "length")]
    [InlineData("\"n\":1,\"tools\":[],\"tool_choice\":\"auto\",\"response_format\":{\"type\":\"text\"},\"logprobs\":false,\"logit_bias\":{},\"store\":false,\"user\":\"u\",\"metadata\":{\"a\":\"b\"},\"frequency_penalty\":0,\"modalities\":[\"text\"]", "blue as ever", "stop")]
    public async Task Ends_where_the_request_says(string fields, string? text, string reason)
    {
        var choice = (await tuned.Provider.PostAsync("chat/completions", $$"""{"model":"{{tuned.Model}}",{{Sky}},{{fields}}}"""))["choices"]![0]!;
        Assert.Equal(reason, (string)choice["finish_reason"]!);
        if (text is not null)
            Assert.Equal(text, (string)choice["message"]!["content"]!);
        else
            Assert.True(((string)choice["message"]!["content"]!).Length < 12);
    }

    [Fact]
    public async Task Reads_text_parts_and_an_echoed_answer_like_plain_text()
    {
        var answer = await tuned.Provider.PostAsync("chat/completions",
            $$"""{"model":"{{tuned.Model}}","messages":[{"role":"user","content":[{"type":"text","text":"sk"},{"type":"text","text":"y?"}]}],"temperature":0}""");
        Assert.Equal("blue as ever", (string)answer["choices"]![0]!["message"]!["content"]!);
        await tuned.Provider.PostAsync("chat/completions",
            $$"""{"model":"{{tuned.Model}}","messages":[{"role":"developer","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b","refusal":null,"annotations":[],"tool_calls":null},{"role":"user","content":"c"}],"max_tokens":1}""");
    }

    [Fact]
    public async Task Gives_the_same_answer_for_the_same_seed_and_others_for_other_seeds()
    {
        async Task<string> AskAsync(int seed) =>
            (string)(await tuned.Provider.PostAsync("chat/completions", $$"""{"model":"tiny","messages":[{"role":"user","content":"sky?"}],"seed":{{seed}},"max_tokens":20}"""))["choices"]![0]!["message"]!["content"]!;
        Assert.Equal(await AskAsync(1), await AskAsync(1));
        Assert.NotEqual(await AskAsync(1), await AskAsync(2));
    }

    [Theory]
    [InlineData("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]", "tools")]
    [InlineData("\"tool_choice\":\"required\"", "tool_choice")]
    [InlineData("\"functions\":[{\"name\":\"f\"}]", "functions")]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"logprobs\":true", "logprobs")]
    [InlineData("\"top_logprobs\":2", "top_logprobs")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"}", "response_format")]
    [InlineData("\"frequency_penalty\":0.5", "frequency_penalty")]
    [InlineData("\"presence_penalty\":-1", "presence_penalty")]
    [InlineData("\"logit_bias\":{\"1\":2}", "logit_bias")]
    [InlineData("\"store\":true", "store")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"audio\":{\"voice\":\"x\"}", "audio")]
    [InlineData("\"reasoning_effort\":\"low\"", "reasoning_effort")]
    [InlineData("\"web_search_options\":{\"user_location\":1}", "web_search_options")]
    [InlineData("\"top_k\":5", "top_k")]
    [InlineData("\"temperature\":2.5", "temperature")]
    [InlineData("\"top_p\":0", "top_p")]
    [InlineData("\"max_tokens\":0", "max_tokens")]
    [InlineData("\"max_completion_tokens\":-1", "max_completion_tokens")]
    [InlineData("\"max_tokens\":1.5", "max_tokens")]
    [InlineData("\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]", "stop")]
    [InlineData("\"stop\":\"\"", "stop")]
    [InlineData("\"stop\":7", "stop")]
    [InlineData("\"stop\":\"\\ud800\"", "stop")]
    [InlineData("\"stream_options\":{\"include_usage\":true}", "stream_options")]
    public async Task Refuses_by_name_what_it_cannot_do(string field, string param) =>
        await RefusesAsync($$"""{"model":"tiny","messages":[{"role":"user","content":"a"}],{{field}}}""", param);

    [Theory]
    [InlineData("{\"role\":\"tool\",\"content\":\"a\",\"tool_call_id\":\"x\"}", "messages[0].role")]
    [InlineData("{\"role\":\"user\"}", "messages[0].content")]
    [InlineData("{\"role\":\"user\",\"content\":5}", "messages[0].content")]
    [InlineData("{\"role\":\"user\",\"content\":\"a\\ud800\"}", "messages[0].content")]
    [InlineData("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"x\"}}]}", "messages[0].content[0]")]
    [InlineData("{\"role\":\"user\",\"content\":\"a\",\"name\":\"bob\"}", "messages[0].name")]
    [InlineData("{\"role\":\"assistant\",\"content\":\"a\",\"tool_calls\":[{\"id\":\"1\"}]}", "messages[0].tool_calls")]
    [InlineData("{\"role\":\"user\",\"content\":\"a\",\"weight\":1}", "weight")]
    public async Task Refuses_a_message_it_cannot_read(string message, string param) => await RefusesAsync($$"""{"model":"tiny","messages":[{{message}}]}""", param);

    [Fact]
    public async Task Refuses_a_request_without_messages()
    {
        await RefusesAsync("""{"model":"tiny","messages":[]}""", "messages");
        await RefusesAsync("""{"model":"tiny"}""", null);
        await RefusesAsync("""{"model":"tiny","messages":""" + new string('[', 200), null);
    }

    private async Task RefusesAsync(string body, string? param)
    {
        var response = await tuned.Provider.SendAsync("chat/completions", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
        if (param is not null)
            Assert.Equal(param, (string?)JsonNode.Parse(text)!["error"]!["param"]);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task Refuses_a_prompt_longer_than_the_context_with_the_numbers(string stream)
    {
        var response = await tuned.Provider.SendAsync("chat/completions", $$"""{"model":"tiny","stream":{{stream}},"messages":[{"role":"user","content":"{{new string('x', 500)}}"}]}""");
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("context_length_exceeded", (string)error["code"]!);
        Assert.Contains("128 tokens", (string)error["message"]!, StringComparison.Ordinal);
        Assert.Contains("504", (string)error["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_404_for_an_unknown_model()
    {
        var response = await tuned.Provider.SendAsync("chat/completions", """{"model":"ft:nobody","messages":[{"role":"user","content":"a"}]}""");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("model_not_found", (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["code"]!);
    }

    [Fact]
    public async Task Answers_many_at_once_each_with_its_own_answer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => tuned.Provider.PostAsync("chat/completions", $$"""{"model":"{{tuned.Model}}",{{Sky}}}""")));
        Assert.All(answers, answer => Assert.Equal("blue as ever", (string)answer["choices"]![0]!["message"]!["content"]!));
    }
}

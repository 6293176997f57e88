using System.Text;
using FineTuneAspire.Inference.Chat;

namespace FineTuneAspire.Inference.Tests.Chat;

public class ChatRequestBodyTests
{
    [Theory]
    [InlineData("""{"model":"a","messages":[]}""", """{"model":"xyz","messages":[]}""")]
    [InlineData("""  { "messages" : [{"model":"inner"}] ,"model"  :  "a"  , "x":1.50e2 } """, """  { "messages" : [{"model":"inner"}] ,"model"  :  "xyz"  , "x":1.50e2 } """)]
    [InlineData("""{"a":"ä😀\u00e4","\u006dodel":"\u0061","b":{"model":null}}""", """{"a":"ä😀\u00e4","\u006dodel":"xyz","b":{"model":null}}""")]
    public void Changes_only_the_models_bytes(string body, string sent)
    {
        var bytes = Encoding.UTF8.GetBytes(body);

        var read = ChatRequestBody.Read(bytes);

        Assert.Equal("a", read.Model);
        Assert.Equal(sent, Encoding.UTF8.GetString(ChatRequestBody.Splice(bytes, read.ModelSpan, "xyz")));
    }

    [Theory]
    [InlineData("", null, "invalid_json")]
    [InlineData("[]", null, "invalid_json")]
    [InlineData("\"model\"", null, "invalid_json")]
    [InlineData("""{"model":"a"}{}""", null, "invalid_json")]
    [InlineData("""{"model":"a",}""", null, "invalid_json")]
    [InlineData("""{"model":"a" """, null, "invalid_json")]
    [InlineData("""{"messages":[]}""", "model", "missing_required_parameter")]
    [InlineData("""{"model":null}""", "model", "invalid_type")]
    [InlineData("""{"model":{"a":1}}""", "model", "invalid_type")]
    [InlineData("""{"model":"a","model":"b"}""", "model", "duplicate_parameter")]
    [InlineData("""{"model":"a","\u006dodel":"b"}""", "model", "duplicate_parameter")]
    [InlineData("""{"model":"\ud800"}""", "model", "invalid_model")]
    public void Refuses_a_body_that_cannot_be_sent_on(string body, string? param, string code)
    {
        var refused = Assert.Throws<ChatRequestException>(() => ChatRequestBody.Read(Encoding.UTF8.GetBytes(body)));

        Assert.Equal((param, code), (refused.Param, refused.Code));
    }

    [Fact]
    public void Refuses_bytes_that_are_no_utf8()
    {
        byte[] body = [.. "{\"model\":\"a\",\"x\":\""u8, 0xC3, 0x28, .. "\"}"u8];

        Assert.Equal("invalid_json", Assert.Throws<ChatRequestException>(() => ChatRequestBody.Read(body)).Code);
    }

    [Fact]
    public void Refuses_nesting_without_end()
    {
        var body = Encoding.UTF8.GetBytes("{\"model\":\"a\",\"x\":" + new string('[', 100_000));

        Assert.Equal("invalid_json", Assert.Throws<ChatRequestException>(() => ChatRequestBody.Read(body)).Code);
    }

    [Fact]
    public void Reads_what_a_span_says_and_passes_over_other_kinds_of_value()
    {
        var facts = ChatRequestBody.Read("""{"stream":true,"max_tokens":5,"temperature":0.5,"seed":"no","n":{"a":[1]},"top_p":1e999,"model":"a"}"""u8).Facts;

        Assert.Equal(new ChatRequestFacts(true, 5, 0.5, null, null, null), facts);
    }
}

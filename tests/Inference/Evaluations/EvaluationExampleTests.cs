using System.Text;
using FineTuneAspire.Inference.Evaluations;

namespace FineTuneAspire.Inference.Tests.Evaluations;

public class EvaluationExampleTests
{
    [Fact]
    public void Asks_what_stands_before_the_last_assistant_message()
    {
        var example = EvaluationExample.Parse(4, Encoding.UTF8.GetBytes(
            """{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"x"},{"role":"user","content":"c"},{"role":"assistant","content":" yes\n"}],"tag":"unseen"}"""));

        Assert.Equal([("system", "s"), ("user", "ab"), ("assistant", "x"), ("user", "c")], example.Prompt.Select(message => (message.Role, message.Content)));
        Assert.Equal((4, " yes\n", "unseen"), (example.Index, example.Reference, example.Tag));
        Assert.True(example.IsAnsweredBy("yes "));
        Assert.False(example.IsAnsweredBy("Yes"));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"messages":[{"role":"user","content":"a"}]}""")]
    [InlineData("""{"messages":[{"role":"assistant","content":"a"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"a"},{"role":"assistant"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":null},{"role":"assistant","content":"a"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":[{"type":"image_url"}]},{"role":"assistant","content":"a"}]}""")]
    [InlineData("""{"messages":[{"role":"tool","content":"a"},{"role":"assistant","content":"a"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud800"},{"role":"assistant","content":"a"}]}""")]
    [InlineData("""{"messages":[7,{"role":"assistant","content":"a"}]}""")]
    public void Names_the_line_that_cannot_be_asked(string line)
    {
        var refused = Assert.Throws<EvaluationException>(() => EvaluationExample.Parse(6, Encoding.UTF8.GetBytes(line)));

        Assert.Equal("invalid_example", refused.Code);
        Assert.StartsWith("Line 7 ", refused.Message);
    }
}

using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Cleaning.Steps;

public sealed class TextStepTests
{
    [Theory]
    [InlineData("""{"type":"unicode"}""", "e\u0301\u0000x", "x\uFEFF\u200Ba\u200Db\u0007", "\u00e9x|xa\u200Db")]
    [InlineData("""{"type":"unicode","remove_invisible":false}""", "e\u0301", "a\u200B", "\u00e9|a\u200B")]
    [InlineData("""{"type":"unicode","roles":["user"]}""", "e\u0301", "e\u0301", "\u00e9|e\u0301")]
    [InlineData("""{"type":"whitespace"}""", "  a \r\n  b\u00A0 \rc", "x\n\n\n\n\ny\n", "a\n  b\nc|x\n\n\ny")]
    [InlineData("""{"type":"whitespace","blank_lines":0,"trim":false}""", " a \n\n b ", "x\n\n\ny\n", " a\n b|x\ny\n")]
    [InlineData("""{"type":"whitespace","collapse":"spaces"}""", "if x:\n    y  =\t 1", "a  b", "if x:\n    y = 1|a b")]
    [InlineData("""{"type":"whitespace","collapse":"all"}""", "if x:\n    y  =\t 1", " a  b ", "if x: y = 1|a b")]
    [InlineData("""{"type":"boilerplate","phrases":["Best regards,","Best"]}""", "Best", "Yes. best regards, Ann", "Best|Yes.  Ann")]
    [InlineData("""{"type":"boilerplate","shipped":true}""", "q", "As an AI language model, the answer is 4. I hope this helps!", "q|The answer is 4.")]
    [InlineData("""{"type":"boilerplate","patterns":["\\[\\d+\\]"],"roles":["user","assistant"]}""", "a[12]", "b[3].", "a|b.")]
    [InlineData("""{"type":"empty"}""", "q", " ", "dropped: messages[1] (assistant) says nothing.")]
    [InlineData("""{"type":"empty","roles":["assistant"]}""", " ", "a", " |a")]
    [InlineData("""{"type":"empty","also":["TODO"]}""", "todo ", "a", "dropped: messages[0] (user) says nothing.")]
    [InlineData("""{"type":"missing","field":"system","action":"fill","value":"Be \"kind\"."}""", "q", "a", "Be \"kind\".|q|a")]
    [InlineData("""{"type":"missing","field":"system","action":"drop"}""", "q", "a", "dropped: It has no message with the role 'system'.")]
    [InlineData("""{"type":"missing","field":"assistant","action":"fill","value":"I do not know."}""", "q", " ", "q|I do not know.")]
    [InlineData("""{"type":"missing","field":"tag","action":"drop"}""", "q", "a", "dropped: It has no 'tag'.")]
    [InlineData("""{"type":"labels","map":{"positive":["pos","+"],"negative":["neg"]}}""", "q", " POS\n", "q|positive")]
    [InlineData("""{"type":"labels","map":{"positive":["pos"]},"case_sensitive":true}""", "q", "POS", "q|POS")]
    [InlineData("""{"type":"labels","map":{"positive":["pos"]},"unknown":"drop"}""", "q", "other", "dropped: The answer is none of the labels.")]
    [InlineData("""{"type":"length","unit":"characters","of":"assistant","min":2}""", "q", "\uD83D\uDE00", "dropped: It has 1 characters.")]
    [InlineData("""{"type":"length","unit":"tokens","max":12}""", "hello there", "hello world", "dropped: It has 15 tokens.")]
    [InlineData("""{"type":"length","unit":"tokens","max":15}""", "hello there", "hello world", "hello there|hello world")]
    [InlineData("""{"type":"length","unit":"turns","min":3}""", "q", "a", "dropped: It has 2 turns.")]
    [InlineData("""{"type":"profanity"}""", "q", "Well, SHIT happens", "dropped: messages[1] has a listed word.")]
    [InlineData("""{"type":"profanity","action":"mask","words":["darn it"]}""", "Scunthorpe shitake Darn it", "oh shit.", "Scunthorpe shitake *******|oh ****.")]
    [InlineData("""{"type":"profanity","listed":false,"words":["darn"]}""", "shit", "a", "shit|a")]
    [InlineData("""{"type":"exact_duplicates"}""", "q", "a", "q|a")]
    public async Task A_step_does_what_its_page_says(string step, string user, string assistant, string expected) =>
        Assert.Equal(expected, await Recipes.TextsAsync($"[{step}]", Recipes.Chat(user, assistant)));

    [Theory]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null}]}""", "assistant", """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"v"}]}""")]
    [InlineData("""{"messages":[{"role":"user"},{"role":"user","content":" "},{"role":"assistant","content":"a"}]}""", "user", """{"messages":[{"role":"user","content":"v"},{"role":"user","content":"v"},{"role":"assistant","content":"a"}]}""")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]}""", "assistant", null)]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}], "tag": null }""", "tag", """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}], "tag": "v" }""")]
    [InlineData("""{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "tag", """{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"tag":"v"}""")]
    [InlineData("""{"messages":[{"role":"developer","content":""},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""", "system", """{"messages":[{"role":"developer","content":"v"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}""")]
    public async Task Filling_puts_a_value_where_none_is_and_nowhere_else(string line, string field, string? expected)
    {
        var outcome = await Recipes.ApplyAsync($$"""[{"type":"missing","field":"{{field}}","action":"fill","value":"v"}]""", line);
        Assert.Equal(expected ?? line, Assert.Single(outcome.Lines));
    }

    [Fact]
    public async Task A_refusing_step_names_line_and_reason_and_keeps_the_row()
    {
        var outcome = await Recipes.ApplyAsync("""[{"type":"missing","field":"assistant","action":"refuse"}]""", Recipes.Chat("a", "b"), Recipes.Chat("c", ""));
        Assert.Equal((2, "missing 2/0/0/0/1"), (outcome.Lines.Length, outcome.Counts));
        Assert.Equal(["2 error recipe_refused: Step 1 of the recipe (missing): messages[1] (assistant) has no content."], outcome.Problems);
    }

    [Theory]
    [InlineData("example", "1 4 5")]
    [InlineData("input", "1 5")]
    public async Task Exact_duplicates_are_told_by_content_not_by_bytes(string by, string kept)
    {
        string[] lines =
        [
            """{"messages":[{"role":"user","content":"caf\u00e9 q"},{"role":"assistant","content":"a"}]}""",
            """{ "messages": [ {"role":"user","content":"cafe\u0301   q "}, {"role":"assistant","content":"a"} ] }""",
            """{"messages":[{"role":"user","content":"café q"},{"role":"assistant","content":"a"}]}""",
            """{"messages":[{"role":"user","content":"café q"},{"role":"assistant","content":"a","weight":0}]}""",
            """{"messages":[{"role":"user","content":"Café q"},{"role":"assistant","content":"a"}]}""",
        ];
        var outcome = await Recipes.ApplyAsync($$"""[{"type":"exact_duplicates","by":"{{by}}"}]""", lines);
        Assert.Equal(kept, string.Join(' ', outcome.SourceLines));
        Assert.Equal("It says the same as line 1.", outcome.Steps[0].Examples[0].Reason);
    }

    [Fact]
    public async Task An_operators_own_list_takes_the_place_of_the_shipped_one()
    {
        var path = Path.Combine(TestFolder.Create("words"), "words.txt");
        await File.WriteAllTextAsync(path, "# ours\nfiddlesticks\n", TestContext.Current.CancellationToken);
        var options = new RecipeOptions { ProfanityFile = path };
        Assert.Empty(options.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(options)));
        var outcome = await Recipes.ApplyAsync("""[{"type":"profanity"}]""", [Recipes.Chat("shit", "a"), Recipes.Chat("Fiddlesticks!", "a")], null, null, null, options);
        Assert.Equal([1], outcome.SourceLines);
        options = new RecipeOptions { ProfanityFile = path + ".none" };
        Assert.Contains("does not exist", options.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(options)).Single().ErrorMessage);
    }
}

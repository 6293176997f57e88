using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Cleaning;
using FineTuneAspire.Datasets.Importing;

namespace FineTuneAspire.Datasets.Tests.Cleaning;

public sealed class ApplyRecipeTests
{
    /// <summary>White space, key order, escapes, numbers, unknown fields, tools, calls and pictures as no serializer of ours would write them.</summary>
    private const string Odd = """
        { "id" : 1.50e+1, "tools":[{"type":"function","function":{"name":"f","parameters":{"z":1,"a":2}}}],  "messages" : [ {"content":"a\u0020 b  \n","role":"user", "name":"\u00e9"}, {"role":"assistant","weight":0,"content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{ \"x\" : \"  1  \" }"}}]},{"role":"tool","tool_call_id":"c1","content":"ok"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://x.test/ a.png","detail":"low"}},{"type":"text","text":" what? "}]},{"role":"assistant","content":"c"} ], "tag":"t" }
        """;

    [Fact]
    public async Task Only_what_a_step_changes_is_written_anew()
    {
        var outcome = await Recipes.ApplyAsync("""[{"type":"unicode"},{"type":"whitespace"}]""", Odd.Trim());
        var expected = Odd.Trim().Replace("\"a\\u0020 b  \\n\"", "\"a  b\"").Replace("\" what? \"", "\"what?\"");
        Assert.Equal(expected, outcome.Lines[0]);
        Assert.Equal("unicode 1/0/0/0/0; whitespace 1/1/0/0/0", outcome.Counts);

        outcome = await Recipes.ApplyAsync("""[{"type":"unicode"},{"type":"empty"},{"type":"pii"},{"type":"secrets"},{"type":"labels","map":{"x":["y"]}},{"type":"exact_duplicates"}]""", Odd.Trim());
        Assert.Equal(Odd.Trim(), outcome.Lines[0]);
    }

    [Fact]
    public async Task Steps_are_applied_in_order_with_counts_source_lines_and_examples_of_each()
    {
        string[] lines = [Recipes.Chat(" a ", "yes"), Recipes.Chat("a", "Yes"), Recipes.Chat("b", "no"), "", Recipes.Chat("c", " "), Recipes.Chat("d", "NO"), Recipes.Chat("b", "no")];
        var outcome = await Recipes.ApplyAsync("""[{"type":"whitespace"},{"type":"empty"},{"type":"labels","map":{"yes":[],"no":[]}},{"type":"exact_duplicates"},{"type":"length","unit":"characters","max":3}]""", lines);

        Assert.Equal("whitespace 6/2/0/0/0; empty 6/0/1/0/0; labels 5/2/0/0/0; exact_duplicates 5/0/2/0/0; length 3/0/1/0/0", outcome.Counts);
        Assert.Equal([Recipes.Chat("b", "no"), Recipes.Chat("d", "no")], outcome.Lines);
        Assert.Equal([3, 6], outcome.SourceLines);
    }

    [Fact]
    public async Task A_line_that_cannot_be_read_goes_on_to_validation_untouched_and_blank_lines_are_told_of()
    {
        string[] lines = ["{\"messages\": [", Recipes.Chat("a ", "b"), "", "\"text\"", "{\"messages\":[{\"role\":\"user\",\"content\":\"\\ud800 \"}]}"];
        var outcome = await Recipes.ApplyAsync("""[{"type":"whitespace"},{"type":"exact_duplicates"},{"type":"near_duplicates"},{"type":"rebalance","method":"down"}]""", lines);
        Assert.Equal([lines[0], Recipes.Chat("a", "b"), lines[3], lines[4]], outcome.Lines);
        Assert.Equal([1, 2, 4, 5], outcome.SourceLines);
        Assert.Equal(["3 warning blank_line: The line is blank; the recipe leaves it out."], outcome.Problems);
    }

    [Fact]
    public async Task Groups_and_source_lines_of_imported_rows_are_kept()
    {
        var records = Enumerable.Range(0, 6).Select(i => JsonSerializer.Serialize(new { topic = $"t{i / 3}", prompt = i == 2 ? " " + i : $"{i} ", completion = i == 4 ? "n/a" : "x" }));
        var import = new ImportRequest { Group = "topic", Template = new ImportTemplate { User = "{prompt}", Assistant = "{completion}" } };
        var outcome = await Recipes.ApplyAsync("""[{"type":"whitespace"},{"type":"empty","also":["N/A"]}]""", records, import, null, null);
        Assert.Equal([1, 2, 3, 4, 6], outcome.SourceLines);
        Assert.Equal(2, outcome.Groups.Distinct().Count());
        Assert.Equal(outcome.Groups[3], outcome.Groups[4]);
    }

    [Fact]
    public async Task Rebalancing_depends_on_the_seed_alone_and_repeats_or_leaves_out_within_a_label()
    {
        var lines = Enumerable.Range(0, 100).Select(i => Recipes.Chat($"q{i}", i < 80 ? "yes" : i < 95 ? "no" : "maybe")).ToArray();
        async Task<Outcome> RunAsync(string options) => await Recipes.ApplyAsync($$"""[{"type":"rebalance",{{options}}}]""", lines);
        static string Labels(Outcome outcome) => string.Join(' ', outcome.Lines.GroupBy(line => line.Split('"')[^2]).Select(label => $"{label.Key}:{label.Count()}"));

        Assert.Equal("yes:5 no:5 maybe:5", Labels(await RunAsync("\"method\":\"down\"")));
        Assert.Equal("yes:10 no:10 maybe:5", Labels(await RunAsync("\"method\":\"down\",\"ratio\":2")));
        Assert.Equal("yes:80 no:80 maybe:50", Labels(await RunAsync("\"method\":\"up\"")));
        Assert.Equal("yes:80 no:30 maybe:30", Labels(await RunAsync("\"method\":\"up\",\"per_label\":30")));
        var first = await RunAsync("\"method\":\"down\",\"seed\":1");
        Assert.Equal(first.Lines, (await RunAsync("\"method\":\"down\",\"seed\":1")).Lines);
        Assert.NotEqual(first.Lines, (await RunAsync("\"method\":\"down\",\"seed\":2")).Lines);

        var up = await RunAsync("\"method\":\"up\"");
        Assert.Equal("rebalance 100/0/0/110/0", up.Counts);
        Assert.All(up.SourceLines.Zip(up.Lines), row => Assert.Equal(lines[row.First - 1], row.Second));

        var free = await Recipes.ApplyAsync("""[{"type":"rebalance","method":"up","max_labels":50}]""", Enumerable.Range(0, 60).Select(i => Recipes.Chat("q", $"answer {i}")));
        Assert.Equal(["", "error recipe_refused: Step 1 of the recipe (rebalance): the answers have more than 50 different texts, so they are no labels. Map them with a step 'labels' before, or raise 'max_labels'."], free.Problems.Single().Split(' ', 2));
    }

    [Fact]
    public async Task Rehearsal_adds_a_share_drawn_by_seed_marked_as_only_for_training_and_is_left_out_of_own_validation_files()
    {
        var lines = Enumerable.Range(0, 90).Select(i => Recipes.Chat($"q{i}", "a")).ToArray();
        var general = Enumerable.Range(0, 40).Select(i => Recipes.Chat($"general {i}", "g ")).ToArray();
        async Task<Outcome> RunAsync(string options, bool trainingRows = true) => await Recipes.ApplyAsync(
            $$"""[{"type":"rehearsal","file":"file-general",{{options}}},{"type":"whitespace"}]""", lines, null, _ => string.Join('\n', general), null, trainingRows: trainingRows);

        var outcome = await RunAsync("\"share\":0.1");
        Assert.Equal("rehearsal 90/0/0/10/0; whitespace 100/10/0/0/0", outcome.Counts);
        Assert.All(Enumerable.Range(90, 10), row => Assert.Equal((ImportedFile.RehearsalGroup, general[outcome.SourceLines[row] - 1].Replace("g ", "g")), (outcome.Groups[row], outcome.Lines[row])));
        Assert.Equal(10, outcome.Lines.Skip(90).Distinct().Count());
        Assert.Equal(outcome.Lines, (await RunAsync("\"share\":0.1")).Lines);
        Assert.NotEqual(outcome.Lines, (await RunAsync("\"share\":0.1,\"seed\":5")).Lines);
        Assert.Equal(130, (await RunAsync("\"share\":0.5")).Lines.Length);
        Assert.Equal(lines, (await RunAsync("\"share\":0.1", trainingRows: false)).Lines);
    }

    [Fact]
    public async Task Near_duplicates_are_left_out_but_not_the_other_questions_of_a_group()
    {
        var texts = new GeneratedTexts(3);
        var passage = texts.Words(200);
        var records = new List<object>();
        for (var i = 0; i < 3; i++)
            records.Add(new { p = "one", q = string.Join(' ', passage) + $" question {i}?" });
        records.Add(new { p = "two", q = string.Join(' ', texts.Changed(passage, 3)) + " question 0?" });
        records.Add(new { p = "three", q = string.Join(' ', texts.Words(200)) });
        records.Add(records[1]);
        var import = new ImportRequest { Group = "p", Template = new ImportTemplate { User = "{q}", Assistant = "x" } };
        var lines = records.Select(record => JsonSerializer.Serialize(record)).ToArray();
        var outcome = await Recipes.ApplyAsync("""[{"type":"near_duplicates"}]""", lines, import, null, null);
        Assert.Equal([1, 2, 3, 5, 6], outcome.SourceLines);
        Assert.StartsWith("It resembles line 1: 0.", outcome.Steps[0].Examples[0].Reason);
        outcome = await Recipes.ApplyAsync("""[{"type":"near_duplicates","within_groups":true}]""", lines, import, null, null);
        Assert.Equal([1, 5], outcome.SourceLines);
    }

    [Fact]
    public async Task A_sample_stops_reading_and_says_so()
    {
        var outcome = await Recipes.ApplyAsync("""[{"type":"whitespace"}]""", Enumerable.Range(0, 50).Select(i => Recipes.Chat($"{i} ", "a")), null, null, mostRows: 20);
        Assert.Equal((true, 20, 10), (outcome.IsSample, outcome.Lines.Length, outcome.Steps[0].Examples.Count));
        var example = outcome.Steps[0].Examples[1];
        Assert.Equal((2, 0, "changed", "1 ", "1"), (example.Line, example.MessageIndex, example.What, example.Before, example.After));
        Assert.False((await Recipes.ApplyAsync("""[{"type":"whitespace"}]""", Enumerable.Range(0, 20).Select(i => Recipes.Chat($"{i} ", "a")), null, null, mostRows: 20)).IsSample);
    }

    [Theory]
    [InlineData("""{}""", "'steps' must be an array of 1 to 50 steps.")]
    [InlineData("""[]""", "'steps' must be an array of 1 to 50 steps.")]
    [InlineData("""["unicode"]""", "'steps[0]' must be an object with a 'type'.")]
    [InlineData("""[{"type":"unicode"},{"type":"dedupe"}]""", "'steps[1].type' must be one of unicode, whitespace, boilerplate, empty, missing, labels, length, pii, secrets, profanity, exact_duplicates, near_duplicates, rebalance, rehearsal.")]
    [InlineData("""[{"type":"near_duplicates","treshold":0.9}]""", "'steps[0].treshold' is no option of 'near_duplicates'; it has threshold, shingle_words, bands, rows_per_band, within_groups.")]
    [InlineData("""[{"type":"near_duplicates","threshold":1.5}]""", "'steps[0].threshold' must be a number above 0 and at most 1.")]
    [InlineData("""[{"type":"missing","field":"system","action":"fill"}]""", "'steps[0].value' is missing: say what to fill in.")]
    [InlineData("""[{"type":"missing","field":"system","action":"guess"}]""", "'steps[0].action' must be one of drop, fill, refuse.")]
    [InlineData("""[{"type":"labels","map":{"a":["x"],"b":["X"]}}]""", "'steps[0].map.b' names 'X', which stands for 'a' already.")]
    [InlineData("""[{"type":"labels"}]""", "'steps[0].map' must be an object with 1 to 10000 names, each with an array of strings.")]
    [InlineData("""[{"type":"length","unit":"tokens"}]""", "'steps[0].max' is missing: give 'min', 'max' or both.")]
    [InlineData("""[{"type":"length","unit":"turns","min":5,"max":4}]""", "'steps[0].max' must not be below 'min'.")]
    [InlineData("""[{"type":"pii","kinds":["emails"]}]""", "'steps[0].kinds' knows no 'emails'; known are email, iban, card, ip, national_id, phone.")]
    [InlineData("""[{"type":"pii","roles":"user"}]""", "'steps[0].roles' must be an array of at most 6 strings that are not empty.")]
    [InlineData("""[{"type":"rehearsal","share":0.1}]""", "'steps[0].file' or 'dataset' is missing: give one of the two.")]
    [InlineData("""[{"type":"rehearsal","dataset":"ds_1"}]""", "'steps[0].version' is missing: say which version of the dataset.")]
    [InlineData("""[{"type":"rebalance","method":"down","seed":1.5}]""", "'steps[0].seed' must be a whole number from -2147483648 to 2147483647.")]
    public void A_bad_recipe_is_refused_naming_the_step_and_the_option(string steps, string message) =>
        Assert.Equal(message, Assert.Throws<FineTuneAspire.Datasets.Cleaning.Steps.RecipeException>(() => Recipe.Parse(steps)).Message);

    [Theory]
    [InlineData("(?<=x)y")]
    [InlineData("(")]
    public void A_pattern_that_cannot_be_used_is_refused(string pattern) =>
        Assert.StartsWith("'steps[0].patterns[0]' is no regular expression that can be used here", Assert.Throws<FineTuneAspire.Datasets.Cleaning.Steps.RecipeException>(
            () => Recipe.Parse(JsonSerializer.Serialize(new[] { new { type = "boilerplate", patterns = new[] { pattern } } }))).Message);
}

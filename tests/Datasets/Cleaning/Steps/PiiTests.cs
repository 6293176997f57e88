using System.Text;
using System.Text.RegularExpressions;

namespace FineTuneAspire.Datasets.Tests.Cleaning.Steps;

public sealed class PiiTests(ITestOutputHelper output)
{
    private static string GoldenFile([System.Runtime.CompilerServices.CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "pii-golden.txt");

    /// <summary>Precision and recall over the golden file: of each kind alone, so that one kind cannot hide another's failure.</summary>
    [Fact]
    public async Task Finds_what_the_golden_file_marks_and_nothing_else()
    {
        var lines = (await File.ReadAllLinesAsync(GoldenFile(), TestContext.Current.CancellationToken)).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(" | ", 2));
        List<string> wrong = [];
        foreach (var kind in lines.GroupBy(line => line[0], line => line[1]))
        {
            var (found, missed, mistaken, nearMisses) = (0, 0, 0, 0);
            foreach (var marked in kind)
            {
                var text = marked.Replace("«", "").Replace("»", "");
                var expected = Regex.Matches(marked, "«([^»]*)»").Select(match => match.Groups[1].Value).ToList();
                nearMisses += expected.Count == 0 ? 1 : 0;
                var redacted = await Recipes.TextsAsync($$"""[{"type":"pii","kinds":["{{kind.Key}}"],"phone_regions":["US","DE"]}]""", Recipes.Chat(text, "x"));
                var gone = Removed(text, redacted[..^2]);
                found += expected.Count(gone.Contains);
                missed += expected.Count(value => !gone.Contains(value));
                mistaken += gone.Count(value => !expected.Contains(value));
                wrong.AddRange(expected.Where(value => !gone.Contains(value)).Select(value => $"{kind.Key}: missed {value}"));
                wrong.AddRange(gone.Where(value => !expected.Contains(value)).Select(value => $"{kind.Key}: mistook {value}"));
            }

            output.WriteLine($"{kind.Key,-12} recall {(double)found / (found + missed):0.000} ({found} of {found + missed}), precision {(double)found / (found + mistaken):0.000} ({mistaken} mistaken; {nearMisses} lines of near misses)");
        }

        Assert.Empty(wrong);
    }

    /// <summary>What stands in the text where the redacted one has placeholders.</summary>
    private static List<string> Removed(string text, string redacted)
    {
        var pattern = new StringBuilder("^");
        foreach (var piece in Regex.Split(redacted, @"(\[[A-Z_]+_\d+\])"))
            pattern.Append(Regex.IsMatch(piece, @"^\[[A-Z_]+_\d+\]$") ? "(.+?)" : Regex.Escape(piece));
        return [.. Regex.Match(text, pattern.Append('$').ToString()).Groups.Values.Skip(1).Select(group => group.Value)];
    }

    [Fact]
    public async Task The_same_value_has_the_same_placeholder_in_all_messages_and_arguments_of_an_example_and_numbers_begin_anew_in_the_next()
    {
        var line = """{"messages":[{"role":"user","content":"Mail ann@example.com and bob@example.com, call +49 30 901820"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"mail","arguments":"{\"to\": [\"BOB@example.com\"], \"n\": 2, \"card\": 4111111111111111, \"note\":\"\\u00e9 ann@example.com\"}"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"sent to bob@example.com"}]},{"role":"assistant","content":"+4930901820 is next."}]}""";
        var expected = """{"messages":[{"role":"user","content":"Mail [EMAIL_1] and [EMAIL_2], call [PHONE_1]"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"mail","arguments":"{\"to\": [\"[EMAIL_2]\"], \"n\": 2, \"card\": \"[CARD_1]\", \"note\":\"é [EMAIL_1]\"}"}}]},{"role":"tool","tool_call_id":"c","content":[{"type":"text","text":"sent to [EMAIL_2]"}]},{"role":"assistant","content":"[PHONE_1] is next."}]}""";
        var outcome = await Recipes.ApplyAsync("""[{"type":"pii"}]""", line, Recipes.Chat("bob@example.com", "x"));
        Assert.Equal(expected, outcome.Lines[0]);
        Assert.Equal(Recipes.Chat("[EMAIL_1]", "x"), outcome.Lines[1]);

        outcome = await Recipes.ApplyAsync("""[{"type":"pii","tool_arguments":false,"roles":["user"]}]""", line);
        Assert.Equal(1, Regex.Count(outcome.Lines[0], "EMAIL_2"));
        Assert.Contains("4111111111111111", outcome.Lines[0]);
    }

    [Theory]
    [InlineData("""{"type":"pii","action":"drop"}""", "dropped: messages[0] holds something of the kind EMAIL.")]
    [InlineData("""{"type":"pii","kinds":["phone"],"action":"drop"}""", "ann@example.com|x")]
    public async Task Dropping_says_the_kind_and_not_the_value(string step, string expected) =>
        Assert.Equal(expected, await Recipes.TextsAsync($"[{step}]", Recipes.Chat("ann@example.com", "x")));

    /// <summary>Built of parts, so that no scanner takes them for keys that were lost.</summary>
    public static TheoryData<string, string> Secrets()
    {
        string Of(char c, int count) => new(c, count);
        const string Random = "q8Zr71kPw0Lm3Xc9Vb2N";
        return new TheoryData<string, string>
        {
            { "key AKI" + "AIOSFODNN7EXAMPLE end", "key [AWS_ACCESS_KEY_1] end" },
            { "gh" + "p_" + Of('a', 36), "[GITHUB_TOKEN_1]" },
            { "gl" + "pat-" + Random, "[GITLAB_TOKEN_1]" },
            { "xox" + "b-1234567890-abc", "[SLACK_TOKEN_1]" },
            { "export OPENAI_API_KEY=s" + "k-proj-" + Random + Random, "export OPENAI_API_KEY=[OPENAI_KEY_1]" },
            { "s" + "k-ant-" + Random + " and again s" + "k-ant-" + Random, "[OPENAI_KEY_1] and again [OPENAI_KEY_1]" },
            { "AI" + "za" + Of('B', 35), "[GOOGLE_KEY_1]" },
            { "s" + "k_live_" + Random, "[STRIPE_KEY_1]" },
            { "h" + "f_" + Of('x', 34), "[HUGGINGFACE_TOKEN_1]" },
            { "e" + "yJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh12345", "[JSON_WEB_TOKEN_1]" },
            { "-----BEGIN RSA PRIVATE" + " KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE" + " KEY-----", "[PRIVATE_KEY_1]" },
            { "postgres://app:hunter2@db.example:5432/x", "postgres://app:[PASSWORD_1]@db.example:5432/x" },
            { "f" + "ta-" + Of('Q', 43) + "abcdef", "[FINETUNEASPIRE_KEY_1]" },
            { $"password: \"{Random}\"", "password: \"[API_KEY_1]\"" },
            { $"Authorization: Bearer {Random}{Random}", "Authorization: Bearer [API_KEY_1]" },
            { "api_key = your_api_key_here_please", "api_key = your_api_key_here_please" },
            { "the secret ingredientisloveandcare", "the secret ingredientisloveandcare" },
            { "a risk-free task-oriented desk-lamp-for-everyone-here", "a risk-free task-oriented desk-lamp-for-everyone-here" },
            { "https://example.com/a:b@c?token=abc", "https://example.com/a:b@c?token=abc" },
            { "AKI" + "ASHORT and AKI" + "Alowercaselettersxx", "AKI" + "ASHORT and AKI" + "Alowercaselettersxx" },
        };
    }

    [Theory]
    [MemberData(nameof(Secrets), DisableDiscoveryEnumeration = true)]
    public async Task Secrets_are_told_from_what_looks_like_them(string text, string expected) =>
        Assert.Equal(expected + "|x", await Recipes.TextsAsync("""[{"type":"secrets"}]""", Recipes.Chat(text, "x")));
}

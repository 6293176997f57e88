using System.Text;
using System.Text.Json;
using FineTuneAspire.Datasets.Reports;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Validation;

/// <summary>What no rule objects to, everything behind the rules can read: thousands of small changes to good lines of each method.</summary>
public class MutatedExamplesTests
{
    private static readonly string[] Seeds =
    [
        """{"messages":[{"role":"system","content":"s"},{"role":"user","name":"ann","content":[{"type":"text","text":"q"},{"type":"image_url","image_url":{"url":"https://x/y.png"}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}],"weight":0},{"role":"tool","tool_call_id":"c","content":"r"},{"role":"assistant","content":"a","weight":1}],"tools":[{"type":"function","function":{"name":"f"}}]}""",
        """{"input":{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"tools":[],"parallel_tool_calls":true},"preferred_output":[{"role":"assistant","content":"good"}],"non_preferred_completion":[{"role":"assistant","content":[{"type":"text","text":"bad"}]}]}""",
        """{"messages":[{"role":"developer","content":"d"},{"role":"user","content":"q"}],"answer":{"deep":[1,null]},"unit":"x"}""",
    ];

    // Whole tokens of the seeds: swapping them reaches deeper than changing bytes.
    private static readonly string[] Tokens = ["\"messages\"", "\"input\"", "\"preferred_output\"", "\"non_preferred_output\"", "\"preferred_completion\"", "\"role\"", "\"content\"", "\"user\"", "\"assistant\"", "\"tool\"", "\"text\"", "null", "[]", "{}", "0", "true", "\"\"", "\"x\""];

    [Theory]
    [InlineData(TrainingMethod.Supervised)]
    [InlineData(TrainingMethod.Dpo)]
    [InlineData(TrainingMethod.Reinforcement)]
    public async Task A_line_without_errors_can_be_counted_compared_and_reported(TrainingMethod method)
    {
        var random = new Random(20261123 + (int)method);
        var good = 0;
        await using var leakage = new LeakageCheck(TestFolder.Create("mutated"));
        using var figures = new FigureCounting(method, ChatFiles.Tokens, TestFolder.Create("mutated"));
        var local = new LocalTokens("base-1m", Path.Combine(AppContext.BaseDirectory, "data", "tokenizers", "base-1m.json"));
        for (var i = 0; i < 4_000; i++)
        {
            var line = Mutate(Seeds[i % Seeds.Length], random);
            var validation = await ChatFiles.ValidateAsync(line, FileRole.Test, method: method);
            if (!validation.IsValid || validation.Examples != 1)
                continue;
            good++;
            using var example = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
            leakage.Add(example.RootElement);
            figures.Add(example.RootElement, Part.Train);
            ExampleFates.KindsOf(example.RootElement);
            var tokens = local.Measure(example.RootElement);
            Assert.True(tokens.Total >= tokens.Longest && tokens.Longest >= tokens.Shortest && tokens.AnswerEnd <= tokens.Longest, Encoding.UTF8.GetString(line));
        }

        // Enough of them are still good, or the test says nothing.
        Assert.True(good > 100, $"{good} were good");
        await leakage.EndFileAsync();
        Assert.Equal(good, figures.ToFigures(null, TestContext.Current.CancellationToken).Figures.Examples.Train);
    }

    private static byte[] Mutate(string seed, Random random)
    {
        var text = seed;
        for (var change = random.Next(1, 4); change > 0; change--)
        {
            var (from, to) = (Tokens[random.Next(Tokens.Length)], Tokens[random.Next(Tokens.Length)]);
            var at = text.IndexOf(from, random.Next(text.Length), StringComparison.Ordinal);
            if (at >= 0)
                text = text[..at] + to + text[(at + from.Length)..];
        }

        var bytes = Encoding.UTF8.GetBytes(text);
        if (random.Next(3) == 0)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(1, 256);
        return bytes;
    }
}

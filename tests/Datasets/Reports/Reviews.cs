using System.Text;
using System.Text.Json;

namespace FineTuneAspire.Datasets.Tests.Reports;

/// <summary>23 reviews with one of each thing that a report should find; the tests' figures are counted by hand.</summary>
internal static class Reviews
{
    public static IEnumerable<string> Lines()
    {
        foreach (var i in Enumerable.Range(1, 14))
            yield return Line($"good movie {i}", "positive");
        foreach (var i in Enumerable.Range(15, 5))
            yield return Line($"bad movie {i}", "negative");
        yield return Line("good movie 1", "negative");          // against line 1
        yield return Line("good movie 2 ", "positive");         // as line 2, but for a space
        yield return Line("fine movie 22", "Positive.", "rate  it.");
        yield return Line("odd movie 23", "neutral", system: null);
    }

    public static byte[] File() => Encoding.UTF8.GetBytes(string.Concat(Lines().Select(line => line + "\n")));

    public static string Line(string question, string answer, string? system = "Rate it.")
    {
        var messages = new List<object> { new { role = "user", content = question }, new { role = "assistant", content = answer } };
        if (system is not null)
            messages.Insert(0, new { role = "system", content = system });
        return JsonSerializer.Serialize(new { messages });
    }
}

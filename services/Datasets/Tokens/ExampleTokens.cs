using System.Text.Json;

namespace FineTuneAspire.Datasets.Tokens;

/// <param name="Total">All tokens of the example; a preference's input counts once.</param>
/// <param name="AnswerEnd">Tokens up to the end of the last answer that is learnt: a limit below it cuts that answer off. 0 where none is.</param>
/// <param name="Longest">What a limit is held against: the conversation, of a preference's two the longer.</param>
/// <param name="Shortest">The other conversation of a preference, else 0.</param>
public readonly record struct ExampleTokens(int Total, int AnswerEnd, int Longest, int Shortest = 0)
{
    public ExampleTokens(int total, int answerEnd) : this(total, answerEnd, total) { }

    /// <param name="input">What both conversations begin with.</param>
    /// <param name="tail">What comes after an answer.</param>
    public static ExampleTokens OfPreference(int input, int preferred, int other, int tail) =>
        new(input + preferred + other + tail, input + Math.Max(preferred, other), input + Math.Max(preferred, other) + tail, input + Math.Min(preferred, other) + tail);

    /// <summary>Of <see cref="Total"/>, what is left when each conversation is cut at a limit.</summary>
    public int Within(int limit)
    {
        var shared = Longest + Shortest - Total;
        return shared >= limit ? limit : Total - Math.Max(0, Longest - limit) - Math.Max(0, Shortest - limit);
    }
}

/// <summary>Counts the tokens of a chat example as one family of models does.</summary>
public interface IExampleTokens
{
    /// <summary>As base models name it in `data/base-models.json`.</summary>
    string Encoding { get; }

    /// <param name="example">One that the rules found no error in.</param>
    ExampleTokens Measure(JsonElement example);
}

internal static class ExampleMessages
{
    /// <summary>An assistant message is learnt unless its `weight` is 0.</summary>
    public static bool IsLearnt(this JsonElement message) =>
        message.TryGetProperty("role", out var role) && role.ValueEquals("assistant"u8)
        && !(message.TryGetProperty("weight", out var weight) && weight.ValueKind == JsonValueKind.Number && weight.GetDouble() == 0);
}

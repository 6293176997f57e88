using System.Text.Json;

namespace FineTuneAspire.Datasets.Tokens;

/// <param name="Total">What the example costs an epoch.</param>
/// <param name="AnswerEnd">Tokens up to the end of the last answer that is learnt: a limit below it cuts that answer off.</param>
public readonly record struct ExampleTokens(int Total, int AnswerEnd);

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

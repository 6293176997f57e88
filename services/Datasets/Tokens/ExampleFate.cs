using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Pricing;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>What becomes of an example on a base model.</summary>
internal enum ExampleFate : byte
{
    Kept,

    /// <summary>Cut at its end, behind the last answer.</summary>
    Truncated,

    /// <summary>Cut so that an answer loses its end.</summary>
    AnswerCutOff,

    /// <summary>Too long for a provider that then refuses the file.</summary>
    Refused,

    /// <summary>With names, tools or images that the model cannot be trained on.</summary>
    Unsupported,
}

internal static class ExampleFates
{
    private static readonly IReadOnlySet<string> TextsOnly = new HashSet<string>();

    public static ExampleFate FateOf(this BaseModel model, ExampleTokens tokens, IReadOnlySet<string> kinds)
    {
        if (!kinds.IsSubsetOf(model.Accepts))
            return ExampleFate.Unsupported;
        if (!model.Limits.IsOver(tokens.Longest))
            return ExampleFate.Kept;
        if (model.Limits.LongerExamples == LongerExamples.Refused)
            return ExampleFate.Refused;
        return model.Limits.IsOver(tokens.AnswerEnd) ? ExampleFate.AnswerCutOff : ExampleFate.Truncated;
    }

    /// <summary>What an example holds beside roles and texts, in the words of <see cref="BaseModel.Accepts"/>.</summary>
    public static IReadOnlySet<string> KindsOf(JsonElement example)
    {
        HashSet<string>? kinds = null;
        if (Has(example.Conversation(), "tools") || Has(example.Conversation(), "functions"))
            (kinds ??= []).Add("tools");
        foreach (var message in example.AllMessages())
        {
            if (Has(message, "tool_calls") || Has(message, "function_call") || message.GetProperty("role").GetString() is "tool" or "function")
                (kinds ??= []).Add("tools");
            else if (Has(message, "name"))
                (kinds ??= []).Add("names");
            if (message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
                && content.EnumerateArray().Any(part => part.GetProperty("type").ValueEquals("image_url"u8)))
                (kinds ??= []).Add("images");
        }

        return kinds ?? TextsOnly;
    }

    private static bool Has(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);
}

/// <summary>How many examples have which fate.</summary>
internal sealed class FateCounts
{
    private readonly int[] counts = new int[Enum.GetValues<ExampleFate>().Length];

    public int Examples => counts.Sum();

    public void Add(ExampleFate fate) => counts[(int)fate]++;

    public FittingExamples ToFittingExamples()
    {
        int Of(ExampleFate fate) => counts[(int)fate];
        return new FittingExamples(Of(ExampleFate.Kept), Of(ExampleFate.Truncated) + Of(ExampleFate.AnswerCutOff), Of(ExampleFate.AnswerCutOff), Of(ExampleFate.Refused), Of(ExampleFate.Unsupported));
    }
}

using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Pricing;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>What reading a version's files gave; without prices and dates, which are laid over it at each answer.</summary>
internal sealed record TokenCounts(PartCounts? Training, PartCounts? Validation, PartCounts? Test);

internal sealed record PartCounts(PartTokens Tokens, IReadOnlyList<ModelFit> Models);

/// <param name="TokensPerEpoch">Of the part, each example cut where the provider cuts it.</param>
internal sealed record ModelFit(string Id, FittingExamples Examples, long TokensPerEpoch);

/// <summary>Counts one part, example by example.</summary>
internal sealed class PartCounting(BaseModelCatalog catalog, TokenCounters counters)
{
    private readonly Histogram turns = new();
    private readonly Dictionary<string, Histogram> tokens = counters.All.ToDictionary(counter => counter.Encoding, _ => new Histogram());
    private readonly List<Fit> fits = [.. catalog.Models.Select(model => new Fit(model))];
    private readonly Dictionary<string, ExampleTokens> measured = [];
    private int examples;

    public void Add(JsonElement example)
    {
        examples++;
        turns.Add(example.Turns());
        foreach (var counter in counters.All)
        {
            measured[counter.Encoding] = counter.Measure(example);
            tokens[counter.Encoding].Add(measured[counter.Encoding].Total);
        }

        var holds = Kinds(example);
        foreach (var fit in fits)
            fit.Add(measured[fit.Model.Encoding], holds);
    }

    /// <summary>Null for a part without examples.</summary>
    public PartCounts? ToCounts(string file)
    {
        if (examples == 0)
            return null;
        var encodings = tokens.Select(pair => (pair.Key, Of: pair.Value.ToDistribution()))
            .Select(pair => new EncodingTokens(pair.Key, pair.Of.Total, pair.Of.Min, pair.Of.P5, pair.Of.P50, pair.Of.P95, pair.Of.Max));
        var part = new PartTokens { File = file, Examples = examples, Turns = turns.ToDistribution(), Tokens = [.. encodings] };
        return new PartCounts(part, [.. fits.Select(fit => fit.ToModelFit())]);
    }

    /// <summary>What an example holds beside roles and texts, in the words of <see cref="BaseModel.Accepts"/>.</summary>
    private static HashSet<string> Kinds(JsonElement example)
    {
        var kinds = new HashSet<string>();
        if (Has(example.Conversation(), "tools") || Has(example.Conversation(), "functions"))
            kinds.Add("tools");
        foreach (var message in example.AllMessages())
        {
            if (Has(message, "tool_calls") || Has(message, "function_call") || message.GetProperty("role").GetString() is "tool" or "function")
                kinds.Add("tools");
            else if (Has(message, "name"))
                kinds.Add("names");
            if (message.TryGetProperty("content", out var content) && content.ValueKind == JsonValueKind.Array
                && content.EnumerateArray().Any(part => part.GetProperty("type").ValueEquals("image_url"u8)))
                kinds.Add("images");
        }

        return kinds;
    }

    private static bool Has(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null && !(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0);

    private sealed class Fit(BaseModel model)
    {
        private int kept, truncated, answerCutOff, refused, unsupported;
        private long tokensPerEpoch;

        public BaseModel Model => model;

        public void Add(ExampleTokens tokens, HashSet<string> holds)
        {
            tokensPerEpoch += model.Limits.CutAt is { } limit ? tokens.Within(limit) : tokens.Total;
            if (!holds.IsSubsetOf(model.Accepts))
                unsupported++;
            else if (!model.Limits.IsOver(tokens.Longest))
                kept++;
            else if (model.Limits.LongerExamples == LongerExamples.Refused)
                refused++;
            else
            {
                truncated++;
                if (model.Limits.IsOver(tokens.AnswerEnd))
                    answerCutOff++;
            }
        }

        public ModelFit ToModelFit() => new(model.Id, new FittingExamples(kept, truncated, answerCutOff, refused, unsupported), tokensPerEpoch);
    }
}

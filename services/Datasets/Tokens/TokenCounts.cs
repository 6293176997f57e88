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

        var kinds = ExampleFates.KindsOf(example);
        foreach (var fit in fits)
            fit.Add(measured[fit.Model.Encoding], kinds);
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

    private sealed class Fit(BaseModel model)
    {
        private readonly FateCounts fates = new();
        private long tokensPerEpoch;

        public BaseModel Model => model;

        public void Add(ExampleTokens tokens, IReadOnlySet<string> kinds)
        {
            tokensPerEpoch += model.Limits.CutAt is { } limit ? tokens.Within(limit) : tokens.Total;
            fates.Add(model.FateOf(tokens, kinds));
        }

        public ModelFit ToModelFit() => new(model.Id, fates.ToFittingExamples(), tokensPerEpoch);
    }
}

using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Pricing;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>What becomes of each example of a version on the base model that it is meant for: one byte an example until the parts are known.</summary>
/// <param name="counter">Counts as the model does; null where that is how validation counts already.</param>
internal sealed class BaseModelFitting(BaseModel model, IExampleTokens? counter)
{
    private readonly List<List<ExampleFate>> files = [];

    /// <summary>The fates of the next file's examples are added from here on.</summary>
    public void BeginFile() => files.Add([]);

    /// <param name="counted">By validation.</param>
    /// <param name="problems">Of the file: what is lost is told line by line.</param>
    public void Add(JsonElement example, int line, ExampleTokens counted, ProblemList problems)
    {
        var tokens = counter?.Measure(example) ?? counted;
        var fate = model.FateOf(tokens, ExampleFates.KindsOf(example));
        files[^1].Add(fate);
        var over = $"The example has {tokens.Longest} tokens on {model.Id}, more than {model.Limits.TokensPerExample}";
        if (fate == ExampleFate.Refused)
            problems.Warning(line, Rules.BaseModelRefuses, $"{over}, and its provider then refuses the file. Shorten or remove the example.");
        else if (fate == ExampleFate.AnswerCutOff)
            problems.Warning(line, Rules.BaseModelTruncates, $"{over}, and loses its end: part or all of an answer. Shorten the example.");
        else if (fate == ExampleFate.Truncated)
            problems.Warning(line, Rules.BaseModelTruncates, $"{over}, and loses its end; its answers stay whole.");
        else if (fate == ExampleFate.Unsupported)
            problems.Warning(line, Rules.BaseModelUnsupported, $"The example holds names, tools or images, of which {model.Id} can be trained on {(model.Accepts.Count == 0 ? "none" : string.Join(", ", model.Accepts) + " only")}.");
    }

    /// <param name="partOf">Of a file and an example in it, both counted from 0.</param>
    public BaseModelFit ToFit(string method, DateOnly today, Func<int, int, Part> partOf)
    {
        var parts = new Dictionary<Part, FateCounts>();
        foreach (var (file, fates) in files.Index())
        {
            foreach (var (row, fate) in fates.Index())
            {
                var part = partOf(file, row);
                if (!parts.TryGetValue(part, out var counts))
                    parts[part] = counts = new FateCounts();
                counts.Add(fate);
            }
        }

        FittingExamples? Fitting(Part part) => parts.GetValueOrDefault(part)?.ToFittingExamples();
        var (training, validation) = (Fitting(Part.Train), Fitting(Part.Validation));
        return new BaseModelFit
        {
            Model = model.Id,
            Provider = model.Provider,
            TokensPerExample = model.Limits.TokensPerExample,
            LongerExamples = model.Limits.LongerExamples == LongerExamples.Refused ? "refused" : "truncated",
            MinExamples = model.Limits.MinExamples,
            Training = training,
            Validation = validation,
            Test = Fitting(Part.Test),
            Problems = [.. ModelProblems.Of(model, method, parts.GetValueOrDefault(Part.Train)?.Examples ?? 0, today, ("training", training), ("validation", validation)).Select(problem => new FitProblem(problem.Code, problem.Message))],
        };
    }
}

/// <summary>Makes the fitting of a version that names a base model.</summary>
internal sealed class BaseModelFittings(BaseModelCatalog catalog, TokenCounters counters)
{
    /// <returns>Null where the catalogue does not know the model: it may have been changed since the request.</returns>
    public BaseModelFitting? Of(string baseModel) => catalog.Find(baseModel) is { } model
        ? new BaseModelFitting(model, model.Encoding == ChatTokens.O200k ? null : counters.All.Single(counter => counter.Encoding == model.Encoding))
        : null;
}

using System.Globalization;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Validation;
using FineTuneAspire.Pricing;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>What stands in the way of a job on a base model, or is lost in it, in sentences with the code of their rule.</summary>
internal static class ModelProblems
{
    /// <param name="parts">By their names; those that a job takes.</param>
    /// <param name="examples">Of the training part.</param>
    public static IEnumerable<(string Code, string Message)> Of(BaseModel model, string method, int examples, DateOnly today, params IEnumerable<(string Name, FittingExamples? Fitting)> parts)
    {
        if (!model.IsTrainable(today))
            yield return (Rules.BaseModelEnded, $"The provider takes no new jobs for this model since {model.TrainingEnds?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}.");
        if (!model.Methods.Contains(method))
            yield return (Rules.BaseModelMethod, $"The examples are for the method '{method}'; this model is trained by {string.Join(" and ", model.Methods)} only.");
        if (examples < model.Limits.MinExamples)
            yield return (Rules.BaseModelMinimum, $"The training part has {examples} example(s); a job needs {model.Limits.MinExamples}.");
        foreach (var (part, fitting) in parts)
        {
            if (fitting?.Truncated > 0)
                yield return (Rules.BaseModelTruncates, $"{fitting.Truncated} example(s) of the {part} part are longer than {model.Limits.TokensPerExample} tokens and lose their end; {fitting.AnswerCutOff} of them lose part or all of an answer.");
            if (fitting?.Refused > 0)
                yield return (Rules.BaseModelRefuses, $"{fitting.Refused} example(s) of the {part} part are longer than {model.Limits.TokensPerExample} tokens, and the provider then refuses the file. Shorten or remove them.");
            if (fitting?.Unsupported > 0)
                yield return (Rules.BaseModelUnsupported, $"{fitting.Unsupported} example(s) of the {part} part hold more than this model can be trained on (it takes texts{string.Concat(model.Accepts.Select(kind => ", " + kind))}).");
        }
    }
}

using System.Text.Json;
using FineTuneAspire.Datasets.Tokens;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`length`: leaves out examples that are shorter or longer than allowed, in characters, tokens or turns.</summary>
internal sealed class LengthStep : RowStep
{
    public const string Type = "length";
    private const string Characters = "characters", TokensUnit = "tokens", Turns = "turns";
    private const string Whole = "example";
    private readonly string unit;
    private readonly string of;
    private readonly string encoding;
    private readonly int least;
    private readonly int most;
    private IExampleTokens? tokens;
    private TrainingMethod method;

    public LengthStep(StepOptions options)
    {
        unit = options.RequiredText("unit", Characters, TokensUnit, Turns);
        of = options.Text("of", Whole, Whole, "system", "user", "assistant");
        encoding = options.Text("encoding", ChatTokens.O200k, ChatTokens.O200k, ChatTokens.Cl100k);
        var (min, max) = (options.OptionalWhole("min", 0, int.MaxValue), options.OptionalWhole("max", 0, int.MaxValue));
        if (min is null && max is null)
            throw options.Wrong("max", "is missing: give 'min', 'max' or both.");
        if (min > max)
            throw options.Wrong("max", "must not be below 'min'.");
        if (of != Whole && unit == TokensUnit)
            throw options.Wrong("of", "must be example for tokens, which are counted as they are billed.");
        (least, most) = (min ?? 0, max ?? int.MaxValue);
    }

    public override void Prepare(StepServices services) => (tokens, method) = (unit == TokensUnit ? services.Tokens(encoding) : null, services.Method);

    public override void Apply(Example example)
    {
        if (Measure(example) is { } length && (length < least || length > most))
            example.Drop(FormattableString.Invariant($"It has {length:N0} {unit}."));
    }

    /// <summary>Null where it cannot be counted, because the example has errors: validation names them.</summary>
    private int? Measure(Example example)
    {
        if (tokens is null)
            return example.Messages.Where(message => of == Whole || message.Role == of).Sum(message => unit == Turns ? TurnOf(message) : CharactersOf(message));
        var problems = new ProblemList();
        if (!LineSyntax.Check(example.Line.Span, 1, problems))
            return null;
        using var json = JsonDocument.Parse(example.Line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
        method.RulesOf(problems).Check(json.RootElement, 1);
        return problems.ErrorCount > 0 ? null : tokens.Measure(json.RootElement).Total;
    }

    private int TurnOf(ExampleMessage message) => of == Whole && message.Role is "system" or "developer" ? 0 : 1;

    private static int CharactersOf(ExampleMessage message)
    {
        var count = 0;
        foreach (var text in message.Texts)
        {
            // A character outside the basic plane is two units of UTF-16.
            foreach (var c in text.Value)
                count += char.IsLowSurrogate(c) ? 0 : 1;
        }

        return count;
    }
}

using System.Text.RegularExpressions;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`boilerplate`: takes phrases out of texts: the caller's own, by regular expressions, and on request those of `boilerplate.txt`.</summary>
internal sealed class BoilerplateStep : RowStep
{
    public const string Type = "boilerplate";
    private const int MostPatterns = 50, LongestPattern = 500;
    private static readonly Lazy<IReadOnlyList<string>> Shipped = new(() => StepData.Lines("boilerplate.txt"));
    private readonly HashSet<string> roles;
    private readonly List<Regex> patterns;

    public BoilerplateStep(StepOptions options)
    {
        roles = [.. options.Texts("roles", ["assistant"], 6, "system", "developer", "user", "assistant", "tool", "function")];
        var ignoreCase = !options.Flag("case_sensitive", false);
        var phrases = options.Texts("phrases", [], 500);
        var given = options.Texts("patterns", [], MostPatterns);
        var shipped = options.Flag("shipped", false);
        if (phrases.Count + given.Count == 0 && !shipped)
            throw options.Wrong("phrases", "is missing: name phrases or patterns, or set 'shipped' to true.");

        patterns = [.. given.Select((pattern, i) => Compile(options, $"patterns[{i}]", pattern, ignoreCase))];
        // One expression for all phrases, the longest first, so that none is cut by a shorter one.
        var literal = phrases.Concat(shipped ? Shipped.Value : []).OrderByDescending(phrase => phrase.Length).Select(Regex.Escape).ToList();
        if (literal.Count > 0)
            patterns.Add(Compile(options, "phrases", string.Join('|', literal), ignoreCase));
    }

    public override void Apply(Example example)
    {
        foreach (var text in example.Texts)
        {
            if (!roles.Contains(text.Message.Role) || text.Kind == TextKind.Arguments)
                continue;
            var rest = text.Value;
            foreach (var pattern in patterns)
            {
                if (pattern.IsMatch(rest))
                    rest = pattern.Replace(rest, "");
            }

            if (rest != text.Value)
                text.Change(Capitalised(rest.Trim(), text.Value));
        }
    }

    // "As an assistant, the answer is 4." leaves "the answer is 4."
    private static string Capitalised(string rest, string before) =>
        rest.Length > 0 && char.IsUpper(before.AsSpan().TrimStart()[0]) && char.IsLower(rest[0]) && !before.AsSpan().TrimStart().StartsWith(rest.AsSpan(0, 1), StringComparison.Ordinal)
            ? char.ToUpperInvariant(rest[0]) + rest[1..]
            : rest;

    /// <summary>Without backtracking, so that no expression takes longer than the text is long.</summary>
    private static Regex Compile(StepOptions options, string option, string pattern, bool ignoreCase)
    {
        if (option != "phrases" && pattern.Length > LongestPattern)
            throw options.Wrong(option, $"is longer than {LongestPattern} characters.");
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : RegexOptions.None));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw options.Wrong(option, $"is no regular expression that can be used here (lookarounds, back references and atomic groups cannot): {exception.Message}");
        }
    }
}

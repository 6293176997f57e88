using System.Buffers;
using System.Text.RegularExpressions;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`secrets`: keys, tokens and passwords by the patterns of `secrets.txt`, each of which is tried only where one of its words stands.</summary>
internal sealed class SecretsStep(StepOptions options) : RedactingStep(options)
{
    public const string Type = "secrets";
    private static readonly IReadOnlyList<Pattern> Patterns = [.. StepData.Lines("secrets.txt").Select(Pattern.Parse)];
    private static readonly SearchValues<string> AnyWord = SearchValues.Create([.. Patterns.SelectMany(pattern => pattern.Words)], StringComparison.OrdinalIgnoreCase);

    protected override void Find(string text, List<Finding> findings)
    {
        if (!text.AsSpan().ContainsAny(AnyWord))
            return;
        foreach (var pattern in Patterns)
        {
            if (!text.AsSpan().ContainsAny(pattern.AnyOfWords))
                continue;
            foreach (Match match in pattern.Expression.Matches(text))
            {
                // Where the pattern has a group, that is the secret, and the rest says what it is.
                var secret = match.Groups[1] is { Success: true } inner ? inner : match;
                if (secret.Length > 0 && (!pattern.MustLookRandom || LooksRandom(secret.ValueSpan)))
                    findings.Add(new Finding(secret.Index, secret.Length, pattern.Kind, secret.Value));
            }
        }
    }

    /// <summary>At least three kinds of characters or many different ones: `your_api_key_here` is none, `q8Zr71kPw…` is one.</summary>
    private static bool LooksRandom(ReadOnlySpan<char> text)
    {
        var (digits, upper, lower, changes) = (0, 0, 0, 0);
        var last = ' ';
        foreach (var c in text)
        {
            var kind = char.IsAsciiDigit(c) ? 'd' : char.IsAsciiLetterUpper(c) ? 'u' : char.IsAsciiLetterLower(c) ? 'l' : last;
            (digits, upper, lower) = (digits + (kind == 'd' ? 1 : 0), upper + (kind == 'u' ? 1 : 0), lower + (kind == 'l' ? 1 : 0));
            changes += kind != last ? 1 : 0;
            last = kind;
        }

        return digits >= 2 && upper + lower >= 2 && changes * 4 >= text.Length / 2;
    }

    private sealed record Pattern(string Kind, string[] Words, SearchValues<string> AnyOfWords, Regex Expression, bool MustLookRandom)
    {
        /// <summary>`KIND | word, word | random or any | expression`.</summary>
        public static Pattern Parse(string line)
        {
            var parts = line.Split('|', 4, StringSplitOptions.TrimEntries);
            var words = parts[1].Split(',', StringSplitOptions.TrimEntries);
            return new Pattern(parts[0], words, SearchValues.Create(words, StringComparison.OrdinalIgnoreCase),
                new Regex(parts[3], RegexOptions.NonBacktracking | RegexOptions.CultureInvariant), parts[2] == "random");
        }
    }
}

using System.Text.RegularExpressions;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>National ids by the patterns of `national-ids.txt`: the check digit, where there is one, and a word nearby where digits alone say too little.</summary>
internal sealed class NationalIdFinder(IReadOnlyList<string> names)
{
    private const int Nearby = 60;
    private static readonly IReadOnlyList<Pattern> All = [.. StepData.Lines("national-ids.txt").Select(Pattern.Parse)];
    private readonly List<Pattern> patterns = [.. All.Where(pattern => names.Contains(pattern.Name))];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(pattern => pattern.Name).Distinct()];

    public void Find(string text, List<Finding> findings)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Words.Length > 0 && !Array.Exists(pattern.Words, word => text.Contains(word, StringComparison.OrdinalIgnoreCase)))
                continue;
            foreach (Match match in pattern.Expression.Matches(text))
            {
                if (!IsPartOfMore(text, match) && Checksums.Holds(pattern.Check, match.Value) && HasWord(text, match, pattern.Words))
                    findings.Add(new Finding(match.Index, match.Length, "NATIONAL_ID", pattern.Name + Compact(match.Value)));
            }
        }
    }

    private static bool IsPartOfMore(string text, Match match)
    {
        var (before, end) = (match.Index - 1, match.Index + match.Length);
        return (before > 0 && text[before] is '-' or '.' or '/' && char.IsLetterOrDigit(text[before - 1]))
            || (end + 1 < text.Length && text[end] is '-' or '.' or '/' && char.IsDigit(text[end + 1]));
    }

    private static bool HasWord(string text, Match match, string[] words)
    {
        if (words.Length == 0)
            return true;
        var start = Math.Max(0, match.Index - Nearby);
        var near = text.AsSpan(start, Math.Min(text.Length, match.Index + match.Length + Nearby) - start);
        foreach (var word in words)
        {
            if (near.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static string Compact(string id) => string.Concat(id.Where(char.IsLetterOrDigit)).ToUpperInvariant();

    /// <param name="Name">Such as `de_tax_id`, as the step's `national_ids` names it.</param>
    private sealed record Pattern(string Name, string Check, string[] Words, Regex Expression)
    {
        /// <summary>`name | check | word, word or nothing | expression`.</summary>
        public static Pattern Parse(string line)
        {
            var parts = line.Split('|', 4, StringSplitOptions.TrimEntries);
            return new Pattern(parts[0], parts[1], parts[2].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                new Regex(parts[3], RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
        }
    }
}

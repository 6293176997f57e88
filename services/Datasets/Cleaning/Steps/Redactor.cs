using System.Globalization;
using System.Text;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <param name="Kind">As placeholders name it: `EMAIL`.</param>
/// <param name="Same">A normal form: two findings of a kind with an equal one are the same thing.</param>
internal readonly record struct Finding(int Start, int Length, string Kind, string Same)
{
    public int End => Start + Length;
}

/// <summary>
/// Puts `[KIND_n]` in the place of findings, counted from 1 anew in each example: the same value has the same placeholder in all of its messages.
/// Not across examples: that would tell which examples are about one person, and teach the model thousands of rare words.
/// </summary>
internal sealed class Redactor
{
    private readonly Dictionary<(string Kind, string Same), string> placeholders = [];
    private readonly Dictionary<string, int> counts = [];
    private bool[] taken = [];

    public void BeginExample()
    {
        placeholders.Clear();
        counts.Clear();
    }

    /// <param name="findings">In the order of their worth: of two that overlap, the one named first counts.</param>
    public string Redact(string text, List<Finding> findings)
    {
        if (findings.Count == 0)
            return text;
        if (taken.Length < text.Length)
            taken = new bool[text.Length];
        taken.AsSpan(0, text.Length).Clear();
        List<Finding> kept = [];
        foreach (var finding in findings)
        {
            var place = taken.AsSpan(finding.Start, finding.Length);
            if (place.Contains(true))
                continue;
            place.Fill(true);
            kept.Add(finding);
        }

        kept.Sort((a, b) => a.Start.CompareTo(b.Start));
        StringBuilder redacted = new(text.Length);
        var from = 0;
        foreach (var finding in kept)
        {
            redacted.Append(text, from, finding.Start - from).Append(PlaceholderOf(finding));
            from = finding.End;
        }

        return redacted.Append(text, from, text.Length - from).ToString();
    }

    private string PlaceholderOf(Finding finding)
    {
        if (!placeholders.TryGetValue((finding.Kind, finding.Same), out var placeholder))
        {
            counts[finding.Kind] = counts.GetValueOrDefault(finding.Kind) + 1;
            placeholders[(finding.Kind, finding.Same)] = placeholder = string.Create(CultureInfo.InvariantCulture, $"[{finding.Kind}_{counts[finding.Kind]}]");
        }

        return placeholder;
    }
}

using System.Globalization;
using System.Text;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>
/// What of an example counts when it is compared with others: no system message, and not the text with which the first examples all begin or end,
/// because an instruction that all share says nothing about how alike they are.
/// </summary>
/// <param name="add">Is given each text that counts, in the order of the examples, some of them only by <see cref="End"/>.</param>
internal sealed class ComparedTexts(Action<ReadOnlySpan<char>> add)
{
    private const int Sampled = 200;
    private const int FewestSampled = 10;
    private readonly List<string> sample = [];
    private (int Prefix, int Suffix)? shared;

    /// <param name="text">What the messages say, without system messages.</param>
    public void Add(string text)
    {
        if (shared is not null)
        {
            AddOwnPart(text);
            return;
        }

        sample.Add(text);
        if (sample.Count == Sampled)
            End();
    }

    /// <summary>After the last example, or the last of the file that the sample is to be taken from.</summary>
    public void End()
    {
        if (shared is not null)
            return;
        shared = sample.Count < FewestSampled ? (0, 0) : SharedEnds(sample);
        foreach (var text in sample)
            AddOwnPart(text);
        sample.Clear();
    }

    private void AddOwnPart(string text)
    {
        var (prefix, suffix) = shared!.Value;
        // Another file may be written otherwise: then all of it counts.
        var own = text.Length > prefix + suffix ? text.AsSpan(prefix, text.Length - prefix - suffix) : text;
        var hasWords = false;
        foreach (var rune in own.EnumerateRunes())
            hasWords |= Rune.IsLetterOrDigit(rune);
        // Signs and pictures alone resemble nothing, but equal ones are equal: their hash is their only word.
        add(hasWords ? own : ContentHash.Of(own).ToString("x32", CultureInfo.InvariantCulture));
    }

    /// <summary>How many characters all texts begin and end with alike, cut back to whole words.</summary>
    private static (int Prefix, int Suffix) SharedEnds(List<string> texts)
    {
        var shortest = texts.Min(text => text.Length);
        var prefix = 0;
        while (prefix < shortest && texts.TrueForAll(text => text[prefix] == texts[0][prefix]))
            prefix++;
        while (prefix > 0 && char.IsLetterOrDigit(texts[0][prefix - 1]))
            prefix--;
        var suffix = 0;
        while (suffix < shortest - prefix && texts.TrueForAll(text => text[^(suffix + 1)] == texts[0][^(suffix + 1)]))
            suffix++;
        while (suffix > 0 && char.IsLetterOrDigit(texts[0][^suffix]))
            suffix--;
        return (prefix, suffix);
    }
}

using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Splitting;

/// <summary>The label of each example of a dataset for classification: the text of its last answer.</summary>
internal sealed class RowLabels
{
    /// <summary>More different answers are texts, not labels.</summary>
    public const int Most = 100;
    private const int Shown = 100;
    private readonly Dictionary<string, int> numbers = [];
    private readonly List<int> labels = [];

    /// <summary>Of each example; 0 for one whose last message is no answer in words.</summary>
    public IReadOnlyList<int> Numbers => labels;

    public bool AreTooMany => numbers.Count > Most;

    public void Add(JsonElement example)
    {
        var label = LabelOf(example);
        // One more than allowed is enough to know that they are too many.
        if (label is null || (!numbers.TryGetValue(label, out var number) && AreTooMany))
            labels.Add(0);
        else
            labels.Add(number > 0 ? number : numbers[label] = numbers.Count + 1);
    }

    public IReadOnlyList<LabelCounts> Count(Func<int, Part> partOf)
    {
        var counts = new int[numbers.Count + 1, 3];
        for (var row = 0; row < labels.Count; row++)
            counts[labels[row], (int)partOf(row)]++;
        var names = numbers.ToDictionary(pair => pair.Value, pair => pair.Key);
        return [.. Enumerable.Range(0, numbers.Count + 1).Where(label => label > 0 || counts[0, 0] + counts[0, 1] + counts[0, 2] > 0)
            .Select(label => new LabelCounts(label == 0 ? null : Cut(names[label]), counts[label, (int)Part.Train], counts[label, (int)Part.Validation], counts[label, (int)Part.Test]))
            .OrderBy(label => label.Label, StringComparer.Ordinal)];
    }

    private static string? LabelOf(JsonElement example)
    {
        var messages = example.IsPreference() ? example.PreferredOutput() : example.GetProperty("messages");
        if (messages.GetArrayLength() == 0 || messages[messages.GetArrayLength() - 1] is var last && !last.Is("role", "assistant"))
            return null;
        return ExampleReading.TextOf(last).Trim() is { Length: > 0 } text ? text : null;
    }

    private static string Cut(string label) => label.Length <= Shown ? label : string.Concat(label.AsSpan(0, char.IsHighSurrogate(label[Shown - 1]) ? Shown - 1 : Shown), "…");
}

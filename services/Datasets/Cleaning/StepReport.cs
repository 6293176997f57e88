using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Cleaning.Steps;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>What one step did: counts of examples, and the first ten that it touched.</summary>
public sealed class StepReport(int index, string type)
{
    public const int MostExamples = 10;
    private const int Shown = 200;
    private readonly List<StepExample> examples = [];

    public int Index => index;
    public string Type => type;
    public long Read { get; internal set; }
    public long Changed { get; private set; }
    public long Dropped { get; private set; }
    public long Added { get; private set; }
    public long Refused { get; private set; }
    public IReadOnlyList<StepExample> Examples => examples;

    public StepResult ToResult() => new(type, Read, Changed, Dropped, Added, Refused);

    internal void AddChanged(Example example)
    {
        Changed++;
        if (examples.Count == MostExamples)
            return;
        var change = example.Changes[0];
        var from = Math.Max(0, FirstDifference(change.Before, change.After) - Shown / 4);
        examples.Add(new StepExample(example.SourceLine, change.MessageIndex, "changed", Cut(change.Before, from), Cut(change.After, from), null));
    }

    internal void AddDropped(Example example, string reason)
    {
        Dropped++;
        AddExample(example, "dropped", reason);
    }

    internal void AddRefused(Example example, string reason)
    {
        Refused++;
        AddExample(example, "refused", reason);
    }

    internal void AddCopies(Example example, int copies, string reason)
    {
        Added += copies;
        AddExample(example, "added", reason);
    }

    private void AddExample(Example example, string what, string reason)
    {
        if (examples.Count < MostExamples)
            examples.Add(new StepExample(example.SourceLine, null, what, Cut(Said(example), 0), null, reason));
    }

    private static string Said(Example example)
    {
        var messages = example.Messages.Where(message => message.Role is not ("system" or "developer")).Select(message => $"{message.Role}: {message.Said}");
        return string.Join('\n', messages);
    }

    private static int FirstDifference(string a, string b) => a.AsSpan().CommonPrefixLength(b);

    /// <summary>A piece of the text that begins and ends at whole characters.</summary>
    private static string Cut(string text, int from)
    {
        from = Math.Min(from, text.Length);
        if (from > 0 && from < text.Length && char.IsLowSurrogate(text[from]))
            from--;
        var end = Math.Min(text.Length, from + Shown);
        if (end < text.Length && char.IsLowSurrogate(text[end]))
            end--;
        return (from > 0 ? "…" : "") + text[from..end] + (end < text.Length ? "…" : "");
    }
}

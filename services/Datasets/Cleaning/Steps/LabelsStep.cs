namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>`labels`: where the answer is a label, other spellings of it become the one. White space around it does not count.</summary>
internal sealed class LabelsStep : RowStep
{
    public const string Type = "labels";
    private const string KeepAction = "keep", DropAction = "drop", RefuseAction = "refuse";
    private readonly Dictionary<string, string> labels;
    private readonly string unknown;

    public LabelsStep(StepOptions options)
    {
        labels = new(options.Flag("case_sensitive", false) ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        unknown = options.Text("unknown", KeepAction, KeepAction, DropAction, RefuseAction);
        foreach (var (label, aliases) in options.Lists("map", 10_000))
        {
            foreach (var alias in aliases.Prepend(label))
            {
                if (!labels.TryAdd(alias.Trim(), label) && labels[alias.Trim()] != label)
                    throw options.Wrong($"map.{label}", $"names '{alias}', which stands for '{labels[alias.Trim()]}' already.");
            }
        }
    }

    public override void Apply(Example example)
    {
        if (example.Label is not { } answer)
            return;
        if (labels.TryGetValue(answer.Value.Trim(), out var label))
            answer.Change(label);
        else if (unknown == DropAction)
            example.Drop("The answer is none of the labels.");
        else if (unknown == RefuseAction)
            example.Refuse("The answer is none of the labels. Add it to 'map', or set 'unknown' to keep or drop.");
    }
}

using System.IO.Hashing;
using FineTuneAspire.Datasets.Splitting;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>
/// `rebalance`: where the answer is a label, makes the classes more even: `down` leaves out examples of large ones, `up` repeats those of small ones.
/// Which ones depends on the seed and the lines alone. Examples whose answer is no single text are left as they are.
/// </summary>
internal sealed class RebalanceStep : DatasetStep
{
    public const string Type = "rebalance";
    private const string Down = "down", Up = "up";
    private readonly Settings settings;

    public RebalanceStep(StepOptions options)
    {
        settings = new Settings(
            options.RequiredText("method", Down, Up) == Up, options.Share("ratio", 1, above: 0.999999, most: 1_000_000), options.OptionalWhole("per_label", 1, 20_000_000),
            options.Whole("max_copies", 10, 2, 1_000), options.Whole("max_labels", 100, 1, 10_000), (uint)options.Whole("seed", 0, int.MinValue, int.MaxValue));
    }

    public override bool IsForTrainingOnly => true;

    public override DatasetPass Begin(StepServices services) => new Pass(settings);

    /// <param name="Ratio">The largest class has at most so many times the examples of the smallest.</param>
    /// <param name="PerLabel">Instead of the ratio: so many of each, where they are more (down) or fewer (up).</param>
    private sealed record Settings(bool Up, double Ratio, int? PerLabel, int MaxCopies, int MaxLabels, uint Seed);

    private sealed class Pass(Settings settings) : DatasetPass
    {
        private readonly Dictionary<string, int> labels = [];
        private readonly List<int> labelOf = [];
        private readonly List<ulong> keys = [];
        private int[] copies = [];

        public override void Observe(Example example)
        {
            labelOf.Add(example.Label is { } label ? NumberOf(label.Value.Trim()) : -1);
            keys.Add(SeededKeys.Of(settings.Seed, XxHash3.HashToUInt64(example.Line.Span)));
        }

        public override Task<string?> DecideAsync(CancellationToken cancellationToken)
        {
            if (labels.Count > settings.MaxLabels)
                return Task.FromResult<string?>($"the answers have more than {settings.MaxLabels} different texts, so they are no labels. Map them with a step 'labels' before, or raise 'max_labels'.");
            copies = [.. Enumerable.Repeat(1, labelOf.Count)];
            if (labels.Count == 0)
                return Task.FromResult<string?>(null);

            var rowsOf = new List<int>[labels.Count];
            for (var label = 0; label < rowsOf.Length; label++)
                rowsOf[label] = [];
            for (var row = 0; row < labelOf.Count; row++)
            {
                if (labelOf[row] >= 0)
                    rowsOf[labelOf[row]].Add(row);
            }

            var (smallest, largest) = (rowsOf.Min(rows => rows.Count), rowsOf.Max(rows => rows.Count));
            foreach (var rows in rowsOf)
            {
                rows.Sort((a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
                if (settings.Up)
                    Repeat(rows, settings.PerLabel ?? (int)Math.Ceiling(largest / settings.Ratio));
                else
                    foreach (var row in rows.Skip(settings.PerLabel ?? (int)(smallest * settings.Ratio)))
                        copies[row] = 0;
            }

            return Task.FromResult<string?>(null);
        }

        public override int CopiesOf(int row) => copies[row];

        public override string ReasonFor(int row, Func<int, int> sourceLine) => copies[row] == 0 ? "Its label has more examples than the recipe wants." : $"It stands {copies[row]} times now.";

        private int NumberOf(string label)
        {
            // One more than allowed is enough to know that they are too many; the rest of a free text is not kept.
            if (labels.TryGetValue(label, out var number) || labels.Count > settings.MaxLabels)
                return number;
            return labels[label] = labels.Count;
        }

        private void Repeat(List<int> rows, int wanted)
        {
            if (rows.Count >= wanted)
                return;
            wanted = (int)Math.Min(wanted, (long)rows.Count * settings.MaxCopies);
            for (var i = 0; i < rows.Count; i++)
                copies[rows[i]] = wanted / rows.Count + (i < wanted % rows.Count ? 1 : 0);
        }
    }
}

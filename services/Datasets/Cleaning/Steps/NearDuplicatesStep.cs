using System.Text;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>
/// `near_duplicates`: of examples that say nearly the same, the first stays (see <see cref="NearDuplicates"/>). Questions about one passage resemble each
/// other and are no duplicates, so examples of the first one's group stay unless they have all of its words; `within_groups` takes those too.
/// </summary>
internal sealed class NearDuplicatesStep : DatasetStep
{
    public const string Type = "near_duplicates";
    private readonly NearDuplicateOptions near;
    private readonly bool withinGroups;

    public NearDuplicatesStep(StepOptions options)
    {
        var standard = new NearDuplicateOptions();
        near = new NearDuplicateOptions
        {
            Threshold = options.Share("threshold", standard.Threshold, above: 0, most: 1),
            ShingleWords = options.Whole("shingle_words", standard.ShingleWords, 1, 16),
            Bands = options.Whole("bands", standard.Bands, 1, 128),
            RowsPerBand = options.Whole("rows_per_band", standard.RowsPerBand, 1, 32),
        };
        withinGroups = options.Flag("within_groups", false);
    }

    public override DatasetPass Begin(StepServices services) => new Pass(near with { TempFolder = services.TempFolder }, withinGroups);

    private sealed class Pass : DatasetPass
    {
        private readonly bool withinGroups;
        private readonly NearDuplicates duplicates;
        private readonly ComparedTexts texts;
        private readonly List<ulong> groups = [];
        private readonly StringBuilder said = new();

        public Pass(NearDuplicateOptions options, bool withinGroups)
        {
            this.withinGroups = withinGroups;
            duplicates = new NearDuplicates(options);
            texts = new ComparedTexts(text => duplicates.Add(text));
        }

        public override void Observe(Example example)
        {
            groups.Add(example.Group);
            said.Clear();
            foreach (var message in example.Messages)
            {
                if (message.Role is not ("system" or "developer"))
                    said.Append(message.Said).Append('\n');
            }

            // What cannot be read is like nothing else; the number of the row is its only word.
            texts.Add(example.IsReadable ? said.ToString() : $"\u0001{groups.Count}");
        }

        public override Task<string?> DecideAsync(CancellationToken cancellationToken)
        {
            texts.End();
            foreach (var _ in duplicates.Find(cancellationToken)) { }
            return Task.FromResult<string?>(null);
        }

        public override int CopiesOf(int row)
        {
            var first = duplicates.Clusters.Of(row);
            return first == row || (!withinGroups && groups[first] == groups[row] && duplicates.Similarity(row, first) < 1) ? 1 : 0;
        }

        public override string ReasonFor(int row, Func<int, int> sourceLine)
        {
            var first = duplicates.Clusters.Of(row);
            return FormattableString.Invariant($"It resembles line {sourceLine(first)}: {duplicates.Similarity(row, first):0.00} of their word sequences are the same.");
        }

        public override void Dispose() => duplicates.Dispose();
    }
}

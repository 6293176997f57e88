using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Splitting;

/// <summary>
/// Deals whole groups out so that each part has its share of each label, as nearly as the groups allow. The largest groups go first, each to the part
/// that lacks most of what the group holds; groups of a size go in the order of the seed. So the split depends on nothing but the groups, labels,
/// shares and seed. Where every row is a group of its own, a part's count of a label is at most one or two off its share.
/// </summary>
internal sealed class StratifiedSplit
{
    private static readonly Part[] Parts = [Part.Train, Part.Validation, Part.Test];
    private readonly Part[] partOf;

    /// <param name="groups">Of each row: equal values stay together.</param>
    /// <param name="labels">Of each row: a number from 0 for each label.</param>
    /// <param name="forTraining">The group that is training's whatever the shares are; its rows count for none.</param>
    public StratifiedSplit(IReadOnlyList<ulong> groups, IReadOnlyList<int> labels, SplitRequest shares, int seed, ulong forTraining)
    {
        partOf = new Part[groups.Count];
        var order = new SeededSplit([], shares, seed);
        var rows = Enumerable.Range(0, groups.Count).Where(row => groups[row] != forTraining).ToArray();
        var keys = Array.ConvertAll(rows, row => order.KeyOf(groups[row]));
        Array.Sort(keys, rows);
        var counts = new int[(labels.Count == 0 ? 0 : labels.Max()) + 1];
        foreach (var row in rows)
            counts[labels[row]]++;

        double[] share = [shares.Train, shares.Validation, shares.Test];
        var lacks = Array.ConvertAll(share, part => new Lack(Array.ConvertAll(counts, count => part * count), part * rows.Length));
        foreach (var (start, length) in Groups(keys).OrderByDescending(group => group.Length))
        {
            var members = rows.AsSpan(start, length);
            var best = -1;
            var most = double.NegativeInfinity;
            for (var part = 0; part < Parts.Length; part++)
            {
                // Labels count alike whatever their size, and the size of the part breaks the ties between them.
                if (share[part] > 0 && Score(members, labels, counts, lacks[part], rows.Length) is var score && score > most + 1e-12)
                    (best, most) = (part, score);
            }

            foreach (var row in members)
            {
                partOf[row] = Parts[best];
                lacks[best].OfLabel[labels[row]]--;
            }

            lacks[best].OfAll -= length;
        }
    }

    public Part Of(int row) => partOf[row];

    private static double Score(ReadOnlySpan<int> members, IReadOnlyList<int> labels, int[] counts, Lack lack, int total)
    {
        var score = members.Length * lack.OfAll / total / total;
        foreach (var row in members)
            score += lack.OfLabel[labels[row]] / counts[labels[row]] / counts[labels[row]];
        return score;
    }

    private static IEnumerable<(int Start, int Length)> Groups(ulong[] keys)
    {
        for (int start = 0, end; start < keys.Length; start = end)
        {
            for (end = start + 1; end < keys.Length && keys[end] == keys[start]; end++) { }
            yield return (start, end - start);
        }
    }

    private sealed class Lack(double[] ofLabel, double ofAll)
    {
        public double[] OfLabel => ofLabel;
        public double OfAll { get; set; } = ofAll;
    }
}

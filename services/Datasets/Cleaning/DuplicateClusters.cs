namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>Rows that belong together, directly or through others. A cluster goes by its first row; a row without duplicates is its own cluster.</summary>
public sealed class DuplicateClusters
{
    private readonly int[] parents;

    internal DuplicateClusters(int rows)
    {
        parents = new int[rows];
        for (var row = 0; row < rows; row++) parents[row] = row;
    }

    /// <summary>The first row of the row's cluster.</summary>
    public int Of(int row)
    {
        while (parents[row] != row)
            row = parents[row] = parents[parents[row]];   // halves the path for the next one who asks
        return row;
    }

    /// <summary>Only those of at least two rows, each ascending, in the order of their first rows.</summary>
    public IReadOnlyList<IReadOnlyList<int>> OfSeveralRows()
    {
        SortedDictionary<int, List<int>> clusters = [];
        for (var row = 0; row < parents.Length; row++)
        {
            var first = Of(row);
            if (first == row) continue;
            if (!clusters.TryGetValue(first, out var members)) clusters[first] = members = [first];
            members.Add(row);
        }
        return [.. clusters.Values];
    }

    internal void Join(int a, int b)
    {
        (a, b) = (Of(a), Of(b));
        parents[Math.Max(a, b)] = Math.Min(a, b);
    }
}

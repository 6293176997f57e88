using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>
/// Agreement beyond chance: Cohen's kappa for two annotators (Cohen 1960, https://doi.org/10.1177/001316446002000104) and Fleiss' for any fixed
/// number of them per row (Fleiss 1971, https://doi.org/10.1037/h0031619).
/// </summary>
public static class Agreement
{
    /// <param name="ratings">Of each row: who chose which category.</param>
    /// <param name="ratersPerRow">Rows with fewer ratings are left out of Fleiss' kappa.</param>
    public static KappaObject Of(IReadOnlyList<IReadOnlyList<(string Annotator, string Category)>> ratings, int ratersPerRow)
    {
        var pairs = new SortedDictionary<(string First, string Second), List<(string, string)>>();
        foreach (var row in ratings)
        {
            foreach (var (first, category) in row)
            {
                foreach (var (second, other) in row)
                {
                    if (string.CompareOrdinal(first, second) >= 0)
                        continue;
                    if (!pairs.TryGetValue((first, second), out var both))
                        pairs[(first, second)] = both = [];
                    both.Add((category, other));
                }
            }
        }

        var complete = ratings.Where(row => row.Count == ratersPerRow).Select(row => row.Select(rating => rating.Category).ToArray()).ToArray();
        return new KappaObject(
            [.. pairs.Select(pair => new PairKappa(pair.Key.First, pair.Key.Second, pair.Value.Count, pair.Value.Count(both => both.Item1 == both.Item2) / (double)pair.Value.Count, Cohen(pair.Value)))],
            ratersPerRow < 2 || complete.Length == 0 ? null : new FleissKappa(complete.Length, ratersPerRow, Fleiss(complete)));
    }

    /// <returns>From -1 to 1; null where both used one and the same category throughout, or there is no row.</returns>
    public static double? Cohen(IReadOnlyList<(string First, string Second)> rows)
    {
        double count = rows.Count;
        var observed = rows.Count(row => row.First == row.Second) / count;
        var expected = rows.Select(row => row.First).Distinct().Sum(category => rows.Count(row => row.First == category) / count * (rows.Count(row => row.Second == category) / count));
        return rows.Count == 0 || expected >= 1 ? null : (observed - expected) / (1 - expected);
    }

    /// <param name="rows">The categories chosen for each row, as many for every row, at least two.</param>
    /// <returns>As <see cref="Cohen"/>.</returns>
    public static double? Fleiss(IReadOnlyList<string[]> rows)
    {
        if (rows.Count == 0)
            return null;
        double raters = rows[0].Length;
        var categories = rows.SelectMany(row => row).Distinct().ToArray();
        var observed = rows.Average(row => (categories.Sum(category => Math.Pow(row.Count(chosen => chosen == category), 2)) - raters) / (raters * (raters - 1)));
        var expected = categories.Sum(category => Math.Pow(rows.Sum(row => row.Count(chosen => chosen == category)) / (rows.Count * raters), 2));
        return expected >= 1 ? null : (observed - expected) / (1 - expected);
    }
}

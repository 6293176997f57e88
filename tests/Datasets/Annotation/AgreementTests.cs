using FineTuneAspire.Datasets.Annotation;

namespace FineTuneAspire.Datasets.Tests.Annotation;

public class AgreementTests
{
    /// <summary>By hand: 50 rows, both say yes to 20 and no to 15; 5 and 10 differ. Observed 0.7, by chance 0.5 · 0.6 + 0.5 · 0.4 = 0.5.</summary>
    [Fact]
    public void Cohens_kappa_is_that_computed_by_hand()
    {
        var rows = Rows(20, "yes", "yes").Concat(Rows(5, "yes", "no")).Concat(Rows(10, "no", "yes")).Concat(Rows(15, "no", "no")).ToArray();
        Assert.Equal(0.4, Agreement.Cohen(rows)!.Value, 12);
    }

    [Fact]
    public void Perfect_opposite_and_meaningless_agreement_are_one_minus_one_and_nothing()
    {
        Assert.Equal(1, Agreement.Cohen([("a", "a"), ("b", "b")]));
        Assert.Equal(-1, Agreement.Cohen([("a", "b"), ("b", "a")]));
        Assert.Null(Agreement.Cohen([("a", "a"), ("a", "a")]));
        Assert.Null(Agreement.Cohen([]));
        Assert.Equal(1, Agreement.Fleiss([["a", "a", "a"], ["b", "b", "b"]]));
        Assert.Null(Agreement.Fleiss([["a", "a"]]));
    }

    /// <summary>
    /// Four rows, three raters. Row agreements: 1, 1/3, 1/3, 1, mean 2/3; shares of the categories 3+2+1+0 = 6 and 6 of 12, so 1/2 by chance: kappa 1/3.
    /// </summary>
    [Fact]
    public void Fleiss_kappa_is_that_computed_by_hand() =>
        Assert.Equal(1.0 / 3, Agreement.Fleiss([["a", "a", "a"], ["a", "a", "b"], ["a", "b", "b"], ["b", "b", "b"]])!.Value, 12);

    /// <summary>For two raters Fleiss' kappa is Scott's pi; by hand for two rows of four alike, one each way: observed 1/2, chance 1/2.</summary>
    [Fact]
    public void Rows_are_compared_pair_by_pair_and_incomplete_ones_leave_fleiss_alone()
    {
        var kappa = Agreement.Of([[("ann", "a"), ("bob", "a")], [("bob", "b"), ("ann", "a")], [("ann", "b"), ("bob", "a")], [("ann", "b"), ("bob", "b")], [("ann", "a")]], ratersPerRow: 2);
        var pair = Assert.Single(kappa.Pairs);
        Assert.Equal(("ann", "bob", 4, 0.5, 0.0), (pair.First, pair.Second, pair.Rows, pair.Agreement, pair.Kappa));
        Assert.Equal((4, 2, 0.0), (kappa.Fleiss!.Rows, kappa.Fleiss.Raters, kappa.Fleiss.Kappa));
    }

    private static IEnumerable<(string, string)> Rows(int count, string first, string second) => Enumerable.Repeat((first, second), count);
}

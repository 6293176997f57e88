namespace FineTuneAspire.Datasets.Cleaning;

/// <param name="Row">The later of the two rows, counted from 0 in the order in which they were added.</param>
/// <param name="Earlier">The row before it that it resembles.</param>
/// <param name="Similarity">Exact Jaccard similarity of their shingle sets, at least the threshold.</param>
public readonly record struct NearDuplicate(int Row, int Earlier, double Similarity);

/// <summary>
/// Finds rows that say nearly the same: MinHash over word shingles proposes pairs (locality-sensitive hashing: Broder 1997; Leskovec, Rajaraman,
/// Ullman, Mining of Massive Datasets, chapter 3), the exact Jaccard similarity of the shingle sets decides. Add all rows, then read
/// <see cref="Find"/> to its end, then ask for <see cref="Clusters"/>.
/// <para>Precision: every pair found has the threshold's similarity (but for collisions of 32-bit shingle hashes, one in millions).
/// Recall: <see cref="NearDuplicateOptions.ExpectedRecall"/>; found means that both rows end up in one cluster.</para>
/// <para>The same rows in the same order give the same result on every machine and with every memory limit. Memory is bounded by the options, time
/// grows with the rows: in a set of rows that share a band, each is compared with the <see cref="Window"/> before it at most.</para>
/// Not thread-safe; sketch in parallel instead (<see cref="NewSketcher"/>). An exception of the disk leaves nothing usable: dispose it.
/// </summary>
public sealed class NearDuplicates : IDisposable
{
    /// <summary>Thousands of rows of one template share bands; comparing each with each would take hours and find the same clusters.</summary>
    internal const int Window = 32;

    private readonly NearDuplicateOptions options;
    private readonly RowSketcher sketcher;
    private readonly SortedRuns bandKeys;
    private readonly ShingleSets sets;
    private DuplicateClusters? clusters;
    private bool complete;

    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of its range; all are named.</exception>
    public NearDuplicates(NearDuplicateOptions options)
    {
        this.options = options.Validated();
        sketcher = new(options);
        bandKeys = new(options.MemoryLimit / 4 * 3, options.TempFolder);
        sets = new(options.MemoryLimit / 4, options.TempFolder);
    }

    public int Rows => sets.Rows;

    internal bool UsesDisk => bandKeys.UsesDisk && sets.UsesDisk;

    public RowSketcher NewSketcher() => new(options);

    /// <returns>The row's number.</returns>
    public int Add(ReadOnlySpan<char> text) => Add(sketcher.Sketch(text));

    /// <inheritdoc cref="Add(ReadOnlySpan{char})"/>
    public int Add(RowSketch sketch)
    {
        if (clusters is not null) throw new InvalidOperationException("Rows can be added only before near duplicates are searched.");
        var row = sets.Rows;
        sets.Add(sketch.Shingles);
        foreach (var key in sketch.BandKeys) bandKeys.Add(key, row);
        return row;
    }

    /// <summary>
    /// As many pairs as join each cluster, not all pairs within it: two rows that already are in one cluster are not compared any more. Once only.
    /// </summary>
    public IEnumerable<NearDuplicate> Find(CancellationToken cancellationToken = default)
    {
        if (clusters is not null) throw new InvalidOperationException("Near duplicates are searched once.");
        clusters = new(sets.Rows);
        return Search(clusters, cancellationToken);
    }

    /// <exception cref="InvalidOperationException">The search has not been read to its end.</exception>
    public DuplicateClusters Clusters => complete ? clusters!
        : throw new InvalidOperationException("Clusters are known when Find has been read to its end.");

    /// <summary>Exact Jaccard similarity of any two rows, 0 when one has no words.</summary>
    public double Similarity(int row, int other) => sets.Jaccard(row, other)!.Value;

    private IEnumerable<NearDuplicate> Search(DuplicateClusters joined, CancellationToken cancellationToken)
    {
        foreach (var rows in bandKeys.SharedKeys())
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 1; i < rows.Count; i++)
            {
                // The nearest first: with many rows alike the first comparison joins, and the rest are skipped.
                for (var j = i - 1; j >= Math.Max(0, i - Window); j--)
                {
                    int row = rows[i], earlier = rows[j];
                    if (joined.Of(row) == joined.Of(earlier)) continue;
                    if (sets.Jaccard(row, earlier, options.Threshold) is not { } similarity || similarity < options.Threshold) continue;
                    joined.Join(row, earlier);
                    yield return new(row, earlier, similarity);
                }
            }
        }
        complete = true;
    }

    public void Dispose()
    {
        bandKeys.Dispose();
        sets.Dispose();
    }
}

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>One step of a recipe with its options. It may keep buffers: an instance serves one application of a recipe, row after row.</summary>
internal abstract class RecipeStep
{
    /// <summary>What it needs beside its options; before the first row.</summary>
    public virtual void Prepare(StepServices services) { }
}

/// <summary>Looks at one example at a time, so that any number of these in a row take one pass over the file.</summary>
internal abstract class RowStep : RecipeStep
{
    /// <param name="example">Readable. The step changes its texts, or calls Drop or Refuse, or leaves it alone.</param>
    public abstract void Apply(Example example);
}

/// <summary>Must have seen every row before it can say what becomes of one.</summary>
internal abstract class DatasetStep : RecipeStep
{
    /// <summary>It changes how often examples stand in the data: validation and test data are left as they are found.</summary>
    public virtual bool IsForTrainingOnly => false;

    public abstract DatasetPass Begin(StepServices services);
}

/// <summary>One application of a <see cref="DatasetStep"/>: observe all rows, decide, and then tell of each in the same order.</summary>
internal abstract class DatasetPass : IDisposable
{
    /// <summary>Called for each row; one that is not readable is to be kept.</summary>
    public abstract void Observe(Example example);

    /// <returns>Why the dataset is refused, or null.</returns>
    public abstract Task<string?> DecideAsync(CancellationToken cancellationToken);

    /// <summary>How often the row stands in the outcome: 0 leaves it out.</summary>
    /// <param name="row">From 0, in the order of <see cref="Observe"/>.</param>
    public virtual int CopiesOf(int row) => 1;

    /// <summary>For a row that is left out or comes more than once.</summary>
    /// <param name="sourceLine">Of any row, where the reason names another one.</param>
    public virtual string ReasonFor(int row, Func<int, int> sourceLine) => "";

    /// <summary>Rows that come from elsewhere, after all others, with the line that each has there.</summary>
    public virtual IAsyncEnumerable<(ReadOnlyMemory<byte> Row, int Line)> AddedAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<(ReadOnlyMemory<byte>, int)>();

    public virtual void Dispose() { }
}

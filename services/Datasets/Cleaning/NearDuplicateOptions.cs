using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>What counts as a near duplicate, and what the search for them may use.</summary>
public sealed record NearDuplicateOptions
{
    /// <summary>Words in a shingle, 1 to 16. One changed word changes this many shingles, so small values forgive edits in short texts.</summary>
    public int ShingleWords { get; init; } = 3;

    /// <summary>Jaccard similarity of the two sets of shingles from which on two rows are near duplicates, above 0 and at most 1.</summary>
    public double Threshold { get; init; } = 0.8;

    /// <summary>Each band is one chance to be compared. See <see cref="ExpectedRecall"/>.</summary>
    public int Bands { get; init; } = 18;

    /// <summary>MinHash values that two rows must share in a band to be compared.</summary>
    public int RowsPerBand { get; init; } = 7;

    /// <summary>Memory in bytes for band keys and shingles; what exceeds it goes to <see cref="TempFolder"/>: up to about 0.75 bytes for a byte of text
    /// plus 12 bytes for each row and band. Not counted: 20 bytes a row, and twice the longest text.</summary>
    public long MemoryLimit { get; init; } = 64 << 20;

    public string TempFolder { get; init; } = Path.GetTempPath();

    /// <summary>
    /// The probability that two rows of Jaccard similarity s are compared at all: 1 - (1 - s^r)^b for b bands of r rows. With 18 bands of 7:
    /// 0.986 at 0.80, 0.999 at 0.85, 0.13 at 0.50. Compared pairs are decided by their exact similarity, so this is the recall too.
    /// </summary>
    public double ExpectedRecall(double similarity) => 1 - Math.Pow(1 - Math.Pow(similarity, RowsPerBand), Bands);

    internal NearDuplicateOptions Validated()
    {
        List<string> wrong = [];
        if (ShingleWords is < 1 or > 16) wrong.Add($"ShingleWords is {ShingleWords}, but must lie between 1 and 16.");
        if (!(Threshold > 0 && Threshold <= 1)) wrong.Add($"Threshold is {Threshold}, but must lie above 0 and at most at 1.");
        if (Bands is < 1 or > 128) wrong.Add($"Bands is {Bands}, but must lie between 1 and 128.");
        if (RowsPerBand is < 1 or > 32) wrong.Add($"RowsPerBand is {RowsPerBand}, but must lie between 1 and 32.");
        if (MemoryLimit < 4096) wrong.Add($"MemoryLimit is {MemoryLimit} bytes, but must be at least 4096.");
        if (!Directory.Exists(TempFolder)) wrong.Add($"TempFolder '{TempFolder}' does not exist; create it or name another.");
        return wrong.Count == 0 ? this : throw new ValidationException($"Near duplicates: {string.Join(' ', wrong)}");
    }
}

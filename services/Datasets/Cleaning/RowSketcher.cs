namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>What <see cref="NearDuplicates"/> keeps of a text. Spans of its sketcher's buffers, valid until that makes the next sketch.</summary>
public readonly ref struct RowSketch
{
    internal ReadOnlySpan<uint> Shingles { get; init; }
    internal ReadOnlySpan<ulong> BandKeys { get; init; }
}

/// <summary>Does nearly all the work of adding a row and shares nothing: with one for each thread, sketching runs in parallel.</summary>
public sealed class RowSketcher
{
    private readonly WordShingles shingles;
    private readonly MinHash minHash;

    internal RowSketcher(NearDuplicateOptions options)
    {
        shingles = new(options.ShingleWords);
        minHash = new(options.Bands, options.RowsPerBand);
    }

    public RowSketch Sketch(ReadOnlySpan<char> text)
    {
        var set = shingles.Of(text);
        return new() { Shingles = set, BandKeys = minHash.BandKeys(set) };
    }
}

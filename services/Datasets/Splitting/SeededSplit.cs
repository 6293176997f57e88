using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Splitting;

public enum Part
{
    Train,
    Validation,
    Test,
}

/// <summary>
/// Which line goes where. Each line gets a key from the seed and the XXH3 hash of itself, or of the group that it belongs to, and the keys in ascending order are dealt out: test first,
/// then validation, the rest is for training. So the split depends on nothing but the lines, the shares and the seed (no random generator of
/// the platform, no order of the lines), and equal lines, or lines of one group, share a key, hence a part: none is both trained on and tested with.
/// </summary>
public sealed class SeededSplit
{
    private readonly uint seed;
    private readonly ulong testBelow;
    private readonly ulong validationBelow;

    public SeededSplit(IReadOnlyList<ulong> lineHashes, SplitRequest shares, int seed)
    {
        this.seed = (uint)seed;
        var keys = lineHashes.Select(KeyOf).ToArray();
        Array.Sort(keys);

        // Without a share of its own a part gets nothing; with one, at least a line where there are lines enough.
        var total = shares.Train + shares.Validation + shares.Test;
        var test = CountOf(shares.Test / total, keys.Length);
        var validation = CountOf(shares.Validation / total, keys.Length);
        testBelow = BoundAt(keys, test);
        validationBelow = BoundAt(keys, Math.Min(test + validation, keys.Length - 1));
    }

    public Part Of(ulong lineHash)
    {
        var key = KeyOf(lineHash);
        return key < testBelow ? Part.Test : key < validationBelow ? Part.Validation : Part.Train;
    }

    private static int CountOf(double share, int lines) =>
        share <= 0 || lines == 0 ? 0 : Math.Clamp((int)Math.Round(share * lines, MidpointRounding.AwayFromZero), 1, lines);

    private static ulong BoundAt(ulong[] sortedKeys, int index) => index < 0 || index >= sortedKeys.Length ? 0 : sortedKeys[index];

    public ulong KeyOf(ulong lineHash) => SeededKeys.Of(seed, lineHash);
}

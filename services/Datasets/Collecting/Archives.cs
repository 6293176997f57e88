namespace FineTuneAspire.Datasets.Collecting;

/// <summary>Files that hold other files or are packed: they are not opened, so none can grow out of bounds here.</summary>
internal static class Archives
{
    public const int HeadBytes = 6;

    /// <returns>What the first bytes of a file show it to be, or null.</returns>
    public static string? NameOf(ReadOnlySpan<byte> head) => head switch
    {
        [0x1F, 0x8B, ..] => "packed with gzip",
        [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] or [(byte)'P', (byte)'K', 7, 8, ..] => "a zip archive",
        [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => "packed with bzip2",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "packed with xz",
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "packed with zstd",
        [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => "a 7z archive",
        [(byte)'R', (byte)'a', (byte)'r', (byte)'!', 0x1A, 7, ..] => "a rar archive",
        _ => null,
    };
}

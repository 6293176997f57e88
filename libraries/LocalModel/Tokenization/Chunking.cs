namespace FineTuneAspire.LocalModel;

/// <summary>
/// Cuts bytes into the chunks that merges stay inside: a word, one digit, a run of spaces, a run of line breaks, a run of punctuation.
/// Bytes above 127 count as letters, so a character of several bytes is never cut off from its word.
/// </summary>
internal static class Chunking
{
    // Encoding a chunk is quadratic in its length; longer runs are cut here.
    private const int Longest = 48;

    private enum Kind { Letter, Digit, Space, Break, Mark }

    public static int NextLength(ReadOnlySpan<byte> bytes)
    {
        var kind = KindOf(bytes[0]);
        if (kind == Kind.Digit) return 1;
        var length = 1;
        while (length < bytes.Length && length < Longest && KindOf(bytes[length]) == kind) length++;
        return length;
    }

    private static Kind KindOf(byte b) => b switch
    {
        >= 128 or (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') => Kind.Letter,
        >= (byte)'0' and <= (byte)'9' => Kind.Digit,
        (byte)' ' or (byte)'\t' => Kind.Space,
        (byte)'\n' or (byte)'\r' => Kind.Break,
        _ => Kind.Mark,
    };
}

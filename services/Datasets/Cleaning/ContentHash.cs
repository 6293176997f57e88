using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>
/// Tells texts that are the same but for white space at the ends, the amount and kind of it between words, and the composition of their characters
/// (NFC): 128 bits of XXH3 over UTF-16, enough to take equal hashes for equal texts. Case and punctuation count, unlike for near duplicates.
/// </summary>
public static class ContentHash
{
    public static UInt128 Of(ReadOnlySpan<char> text)
    {
        const int Block = 4096;
        XxHash128 hash = new();
        Span<char> block = stackalloc char[Block];
        var length = 0;
        var spaceDue = false;
        foreach (var c in CanonicalComposition.Compose(text.Trim()))
        {
            if (char.IsWhiteSpace(c))
            {
                spaceDue = true;
                continue;
            }
            if (length > Block - 2)
            {
                hash.Append(MemoryMarshal.AsBytes(block[..length]));
                length = 0;
            }
            if (spaceDue) block[length++] = ' ';
            spaceDue = false;
            block[length++] = c;
        }
        hash.Append(MemoryMarshal.AsBytes(block[..length]));
        return hash.GetCurrentHashAsUInt128();
    }
}

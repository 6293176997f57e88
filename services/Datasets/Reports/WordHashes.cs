using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace FineTuneAspire.Datasets.Reports;

/// <summary>The words of a text as hashes, for counting. Words are runs of letters, digits and marks, without case; in scripts written without spaces each letter is one.</summary>
internal sealed class WordHashes
{
    private readonly List<ulong> hashes = [];
    private char[] word = new char[64];
    private int length;

    /// <returns>In order; valid until the next call.</returns>
    public IReadOnlyList<ulong> Of(string text)
    {
        hashes.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            if (length + 2 > word.Length)
                Array.Resize(ref word, word.Length * 2);
            var c = text[i];
            if (char.IsAsciiLetterUpper(c))
                word[length++] = (char)(c | 0x20);
            else if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
                word[length++] = c;
            else if (char.IsAscii(c))
                End();
            else
                i += AddBeyondAscii(text.AsSpan(i)) - 1;
        }

        End();
        return hashes;
    }

    /// <returns>How many UTF-16 units the first rune has.</returns>
    private int AddBeyondAscii(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var rune, out var units);
        var isOwnWord = IsWordOfItsOwn(rune.Value);
        if (isOwnWord || !BelongsToWord(rune))
            End();
        if (BelongsToWord(rune))
            length += Rune.ToLowerInvariant(rune).EncodeToUtf16(word.AsSpan(length));
        if (isOwnWord)
            End();
        return units;
    }

    private void End()
    {
        if (length > 0)
            hashes.Add(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(word.AsSpan(0, length))));
        length = 0;
    }

    private static bool BelongsToWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    // Thai, Lao; Burmese; Khmer; kana; Han with its extensions.
    private static bool IsWordOfItsOwn(int value) => value is >= 0x0E00 and <= 0x0EFF or >= 0x1000 and <= 0x109F or >= 0x1780 and <= 0x17FF
        or >= 0x3040 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0x20000 and <= 0x323AF;
}

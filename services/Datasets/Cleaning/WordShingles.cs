using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace FineTuneAspire.Datasets.Cleaning;

/// <summary>
/// The set of word shingles of a text, each as 32 bits of a hash. Words are maximal runs of letters, digits and marks after composition (NFC) and
/// simple case folding; in scripts written without spaces (Han, kana, Thai, Lao, Khmer, Burmese) each letter is a word. A text with fewer words
/// than a shingle has one shingle of them all; one without words (empty, punctuation, emoji) has none.
/// Not thread-safe: one for each thread.
/// </summary>
internal sealed class WordShingles(int shingleWords)
{
    private const char Separator = '\0';
    private const ulong Seed = 0x46696E6554756E65;   // part of the documented hash: change it and every result changes

    /// <summary>For each UTF-16 unit its folded form, or <see cref="Separator"/> where no word goes on. Surrogates are looked up as runes.</summary>
    private static readonly char[] Folded = FoldedUnits();

    private readonly ulong[] recentWords = new ulong[shingleWords];
    private char[] word = new char[64];
    private uint[] shingles = new uint[256];
    private int count;
    private int words;

    /// <summary>Distinct and ascending; valid until the next call. Time grows with length × log length.</summary>
    public ReadOnlySpan<uint> Of(ReadOnlySpan<char> text)
    {
        count = words = 0;
        // Everything below U+0300 is composed already.
        var composed = text.ContainsAnyInRange('\u0300', '\uFFFF') ? CanonicalComposition.Compose(text) : text;
        Split(composed);
        if (words > 0 && words < shingleWords)
            Append(ShingleOf(recentWords.AsSpan(0, words), 0));
        var all = shingles.AsSpan(0, count);
        all.Sort();
        return all[..Distinct(all)];
    }

    private void Split(ReadOnlySpan<char> text)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var folded = Folded[text[i]];
            if (folded != Separator && !IsWordOfItsOwn(folded))
            {
                if (length + 2 > word.Length) Array.Resize(ref word, word.Length * 2);
                word[length++] = folded;
                continue;
            }
            if (folded == Separator && char.IsHighSurrogate(text[i])
                && Rune.DecodeFromUtf16(text[i..], out var rune, out _) == OperationStatus.Done && Continues(rune))
            {
                i++;
                if (length + 2 > word.Length) Array.Resize(ref word, word.Length * 2);
                if (IsWordOfItsOwn(rune)) EndWord(ref length);
                length += Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)).EncodeToUtf16(word.AsSpan(length));
                if (IsWordOfItsOwn(rune)) EndWord(ref length);
                continue;
            }
            EndWord(ref length);
            if (folded == Separator) continue;
            word[length++] = folded;
            EndWord(ref length);
        }
        EndWord(ref length);
    }

    private void EndWord(ref int length)
    {
        if (length == 0) return;
        recentWords[words++ % shingleWords] = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(word.AsSpan(0, length)), unchecked((long)Seed));
        length = 0;
        if (words >= shingleWords) Append(ShingleOf(recentWords, words % shingleWords));
    }

    /// <param name="first">Where the oldest of the words stands in the ring.</param>
    private static uint ShingleOf(ReadOnlySpan<ulong> ring, int first)
    {
        var hash = Seed;
        for (var i = 0; i < ring.Length; i++)
        {
            hash = (BitOperations.RotateLeft(hash, 29) ^ ring[first]) * 0x9E3779B97F4A7C15;
            if (++first == ring.Length) first = 0;
        }
        return (uint)((hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93 >> 32);
    }

    private void Append(uint shingle)
    {
        if (count == shingles.Length) Array.Resize(ref shingles, shingles.Length * 2);
        shingles[count++] = shingle;
    }

    private static int Distinct(Span<uint> sorted)
    {
        var kept = 0;
        for (var i = 0; i < sorted.Length; i++)
            if (i == 0 || sorted[i] != sorted[kept - 1]) sorted[kept++] = sorted[i];
        return kept;
    }

    private static char[] FoldedUnits()
    {
        var units = new char[char.MaxValue + 1];
        for (var c = 0; c < units.Length; c++)
            if (!char.IsSurrogate((char)c) && Continues(new Rune(c)))
                units[c] = char.ToLowerInvariant(char.ToUpperInvariant((char)c));   // by way of upper case, so that both Greek sigmas are one
        return units;
    }

    // Marks go on with the word: Indic vowel signs are marks.
    private static bool Continues(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.LetterNumber;

    private static bool IsWordOfItsOwn(char c) => c >= '\u0E00'
        && c is <= '\u0EFF' or >= '\u1000' and <= '\u109F' or >= '\u1780' and <= '\u17FF' or >= '\u3040' and <= '\u30FF' or >= '\u3400' and <= '\u9FFF'
            or >= '\uF900' and <= '\uFAFF';

    private static bool IsWordOfItsOwn(Rune rune) => rune.Value is >= 0x20000 and <= 0x3FFFF or >= 0x1B000 and <= 0x1B16F;
}

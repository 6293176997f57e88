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
    private const char FirstWordOfItsOwn = '\u0E00';
    private const int Buckets = 256;
    private const ulong Seed = 0x46696E6554756E65;   // part of the documented hash: change it and every result changes

    /// <summary>For each UTF-16 unit its folded form, or <see cref="Separator"/> where no word goes on. Surrogates are looked up as runes.</summary>
    private static readonly char[] Folded = FoldedUnits();

    private readonly ulong[] recentWords = new ulong[shingleWords];
    private char[] word = [];
    private uint[] shingles = new uint[256];
    private uint[] sorted = [];
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
        var all = Sorted();
        return all[..Distinct(all)];
    }

    private void Split(ReadOnlySpan<char> text)
    {
        if (word.Length < text.Length + 2) word = new char[Math.Max(text.Length + 2, 4096)];
        ReadOnlySpan<char> folded = Folded;
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var letter = folded[text[i]];
            if (letter is not Separator and < FirstWordOfItsOwn)
            {
                word[length++] = letter;
                continue;
            }
            Rune rune = new('\0');
            if (letter != Separator) rune = new(letter);
            else if (char.IsHighSurrogate(text[i]) && Rune.DecodeFromUtf16(text[i..], out var pair, out _) == OperationStatus.Done && Continues(pair))
            {
                rune = Rune.ToLowerInvariant(Rune.ToUpperInvariant(pair));
                i++;
            }
            if (rune.Value == Separator || IsWordOfItsOwn(rune)) EndWord(ref length);
            if (rune.Value == Separator) continue;
            length += rune.EncodeToUtf16(word.AsSpan(length));
            if (IsWordOfItsOwn(rune)) EndWord(ref length);
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

    /// <summary>Hashes are spread evenly, so that a bucket for each first byte is nearly sorted already: five times as fast as a general sort of a usual text.</summary>
    private Span<uint> Sorted()
    {
        var all = shingles.AsSpan(0, count);
        if (count > 4 * Buckets)
        {
            all.Sort();
            return all;
        }
        if (sorted.Length < count) sorted = new uint[4 * Buckets];
        Span<int> ends = stackalloc int[Buckets];
        ends.Clear();
        foreach (var shingle in all) ends[(int)(shingle >> 24)]++;
        var before = 0;
        foreach (ref var end in ends) before = end += before;
        foreach (var shingle in all) sorted[--ends[(int)(shingle >> 24)]] = shingle;
        for (var i = 1; i < count; i++)
        {
            var moved = sorted[i];
            var place = i;
            for (; place > 0 && sorted[place - 1] > moved; place--) sorted[place] = sorted[place - 1];
            sorted[place] = moved;
        }
        return sorted.AsSpan(0, count);
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

    // Thai and Lao; Burmese; Khmer; kana; Han, its extensions and compatibility forms; kana beyond the basic plane.
    private static bool IsWordOfItsOwn(Rune rune) => rune.Value is >= FirstWordOfItsOwn and <= 0x0EFF or >= 0x1000 and <= 0x109F or >= 0x1780 and <= 0x17FF
        or >= 0x3040 and <= 0x30FF or >= 0x3400 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x1B000 and <= 0x1B16F or >= 0x20000 and <= 0x3FFFF;
}

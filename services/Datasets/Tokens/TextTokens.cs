using System.Buffers;
using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>
/// Counts the tokens of a text with one of OpenAI's vocabularies; text that looks like a special token is text. The vocabulary and its merges are
/// the library's. Ours is what lies before them: OpenAI's pattern cuts the text into pieces that nothing merges across (<see cref="TextOutline"/>
/// says why not the library's own), and the count of a piece that came before is remembered. Safe for any number of threads.
/// </summary>
internal sealed partial class TextTokens
{
    private const int Slots = 1 << 17;
    private const int LongestKept = 48;

    // The library merges a piece in time that grows with its square. A longer piece (a megabyte of one letter) is cut: a token more or less per cut.
    private const int LongestMerged = 512;

    private readonly TiktokenTokenizer tokenizer;

    // A Regex lends its one matcher to the thread that asks first and makes a new one for every match of any other, so each thread takes its own.
    private readonly ConcurrentBag<Regex> patterns;
    private readonly Regex generated;

    // A piece behind a character that is its count, in one of two slots: the older of two pieces that share a pair goes when a third comes. Slots are
    // read and replaced whole, so that no lock is needed. About six megabytes when full.
    private readonly string?[] known = new string?[Slots];

    /// <param name="encoding">`o200k_base` or `cl100k_base`.</param>
    public TextTokens(string encoding)
    {
        tokenizer = TiktokenTokenizer.CreateForEncoding(encoding);
        generated = encoding switch
        {
            ChatTokens.O200k => O200k(),
            ChatTokens.Cl100k => Cl100k(),
            _ => throw new ArgumentException($"There is no pattern for the encoding '{encoding}'.", nameof(encoding)),
        };
        patterns = [generated];
    }

    public int Count(ReadOnlySpan<char> text)
    {
        if (!patterns.TryTake(out var pattern))
            pattern = new Regex(generated.ToString(), generated.Options | RegexOptions.Compiled);
        char[]? rented = null;
        try
        {
            if (TextOutline.IsOutline(text))
                return CountPieces(text, text, pattern);
            rented = ArrayPool<char>.Shared.Rent(text.Length);
            return CountPieces(text, rented.AsSpan(0, TextOutline.Draw(text, rented)), pattern);
        }
        finally
        {
            patterns.Add(pattern);
            if (rented is not null)
                ArrayPool<char>.Shared.Return(rented);
        }
    }

    public IReadOnlyList<int> Encode(string text) => tokenizer.EncodeToIds(text);

    private int CountPieces(ReadOnlySpan<char> text, ReadOnlySpan<char> outline, Regex pattern)
    {
        var (total, at) = (0, 0);
        foreach (var match in pattern.EnumerateMatches(outline))
        {
            var length = outline.Length == text.Length ? match.Length : LengthOf(text[at..], match.Length);
            total += CountPiece(text.Slice(at, length));
            at += length;
        }

        return total;
    }

    /// <returns>UTF-16 units of so many characters of the outline.</returns>
    private static int LengthOf(ReadOnlySpan<char> text, int characters)
    {
        var length = 0;
        for (; characters > 0; characters--)
            length += TextOutline.IsPair(text, length) ? 2 : 1;
        return length;
    }

    private int CountPiece(ReadOnlySpan<char> piece)
    {
        if (piece.Length > LongestKept)
            return MergeInParts(piece);
        var slot = string.GetHashCode(piece) & (Slots - 1);
        var first = known[slot];
        if (first is not null && piece.SequenceEqual(first.AsSpan(1)))
            return first[0];
        if (known[slot ^ 1] is { } second && piece.SequenceEqual(second.AsSpan(1)))
            return second[0];
        var tokens = Merge(piece);
        (known[slot], known[slot ^ 1]) = (string.Concat([(char)tokens], piece), first);
        return tokens;
    }

    private int MergeInParts(ReadOnlySpan<char> piece)
    {
        var total = 0;
        while (piece.Length > LongestMerged)
        {
            var part = TextOutline.IsPair(piece, LongestMerged - 1) ? LongestMerged - 1 : LongestMerged;
            total += Merge(piece[..part]);
            piece = piece[part..];
        }

        return total + Merge(piece);
    }

    private int Merge(ReadOnlySpan<char> piece) => tokenizer.CountTokens(piece, considerPreTokenization: false, considerNormalization: false);

    // The patterns of github.com/openai/tiktoken (tiktoken_ext/openai_public.py), over an outline: \p{Lu}\p{Lt} is A-Z, \p{Ll} is a-z, \p{Lm}\p{Lo}
    // is \x01, \p{M} is \x02, \p{N} is 0-9.
    [GeneratedRegex(
        @"[^\r\nA-Za-z\x01\d]?[A-Z\x01\x02]*[a-z\x01\x02]+(?:'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL]))?"
        + @"|[^\r\nA-Za-z\x01\d]?[A-Z\x01\x02]+[a-z\x01\x02]*(?:'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL]))?"
        + @"|\d{1,3}| ?[^\sA-Za-z\x01\d]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.ECMAScript)]
    private static partial Regex O200k();

    [GeneratedRegex(
        @"'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])|[^\r\nA-Za-z\x01\d]?[A-Za-z\x01]+|\d{1,3}| ?[^\sA-Za-z\x01\d]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.ECMAScript)]
    private static partial Regex Cl100k();
}

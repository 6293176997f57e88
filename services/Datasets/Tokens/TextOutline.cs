using System.Globalization;
using System.Text;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>
/// A text with an ASCII character in place of each code point, of the same class in the patterns that OpenAI publishes with its vocabularies.
/// Those patterns are written for code points, and a <see cref="System.Text.RegularExpressions.Regex"/> takes each half of a surrogate pair
/// for a sign: over the outline, letters beyond the basic plane are letters. A pattern over ASCII is also matched several times as fast.
/// </summary>
internal static class TextOutline
{
    /// <summary>A letter that is neither upper nor lower case (Lm, Lo).</summary>
    public const char OtherLetter = '\x01';

    /// <summary>A combining mark (M).</summary>
    public const char Mark = '\x02';

    private const char Upper = 'A', Lower = 'a', Number = '0', Space = '\t', Sign = '!';
    private static readonly char[] Units = UnitsOfTheBasicPlane();

    /// <summary>True for ASCII, but for the two characters that stand for others.</summary>
    public static bool IsOutline(ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('\x03', '\x7F');

    /// <param name="outline">At least as long as the text.</param>
    /// <returns>How many characters were written: one for each code point, or for half of a pair that stands alone.</returns>
    public static int Draw(ReadOnlySpan<char> text, Span<char> outline)
    {
        ReadOnlySpan<char> units = Units;
        var drawn = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            outline[drawn++] = IsPair(text, i) ? Of(CharUnicodeInfo.GetUnicodeCategory(char.ConvertToUtf32(c, text[++i]))) : units[c];
        }

        return drawn;
    }

    public static bool IsPair(ReadOnlySpan<char> text, int index) =>
        char.IsHighSurrogate(text[index]) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]);

    private static char[] UnitsOfTheBasicPlane()
    {
        var units = new char[char.MaxValue + 1];
        for (var c = 0; c < units.Length; c++)
            units[c] = c is > Mark and < 0x80 ? (char)c : char.IsWhiteSpace((char)c) ? Space : Of(char.GetUnicodeCategory((char)c));
        // The long s is an s where case does not matter, as in 's. Nothing else of the patterns' letters has a third form.
        units['ſ'] = 's';
        return units;
    }

    private static char Of(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => Upper,
        UnicodeCategory.LowercaseLetter => Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => OtherLetter,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => Mark,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Number,
        _ => Sign,
    };
}

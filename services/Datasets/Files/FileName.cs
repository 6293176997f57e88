using System.Globalization;
using System.Text;

namespace FineTuneAspire.Datasets.Files;

/// <summary>
/// Makes a client's file name fit for a row, a header and a download dialog. It is only ever text: no path is built from it.
/// Letters of every script survive; what could move a path, break a header line or reverse what a person reads does not.
/// </summary>
public static class FileName
{
    public const int MaxBytes = 255;
    private const string Nameless = "upload";

    public static string Safe(string name)
    {
        // Some clients send the whole path: the last segment is the name.
        var segment = name.AsSpan(name.AsSpan().LastIndexOfAny('/', '\\') + 1);
        var safe = new StringBuilder(segment.Length);
        foreach (var rune in segment.EnumerateRunes())
            safe.Append(IsHarmless(rune) ? rune.ToString() : "_");

        var text = safe.ToString().Trim();
        return text is "" or "." or ".." ? Nameless : Shorten(text);
    }

    // Format characters (Cf) hold the bidirectional overrides such as U+202E, but also the joiners that emoji and some scripts need.
    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate => false,
        UnicodeCategory.Format => rune.Value is 0x200C or 0x200D,
        _ => rune != Rune.ReplacementChar,
    };

    /// <summary>Cuts the stem, not the extension, at a whole character.</summary>
    private static string Shorten(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= MaxBytes)
            return name;

        var extension = Path.GetExtension(name);
        if (Encoding.UTF8.GetByteCount(extension) > 16)
            extension = "";
        var room = MaxBytes - Encoding.UTF8.GetByteCount(extension);
        var stem = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
                break;
            stem.Append(rune);
        }

        return stem.Append(extension).ToString();
    }
}

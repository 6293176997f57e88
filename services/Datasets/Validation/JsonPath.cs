using System.Text.Encodings.Web;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Places inside a line, such as `messages[1].content`, and short quotes from it: both printable ASCII whatever the line holds.</summary>
internal static class JsonPath
{
    private const int Longest = 40;

    public static string Key(string parent, string key)
    {
        var plain = key.Length is > 0 and <= Longest && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
        return plain ? (parent.Length == 0 ? key : $"{parent}.{key}") : $"{parent}[\"{Quote(key)}\"]";
    }

    /// <summary>At most 40 characters, the unprintable ones escaped as JSON does.</summary>
    public static string Quote(string text)
    {
        var cut = text.Length <= Longest ? text : text[..(char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest)];
        return JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(cut) + (cut.Length < text.Length ? "…" : "");
    }
}

using System.Text;
using Microsoft.Net.Http.Headers;

namespace FineTuneAspire.Datasets.Files;

/// <summary>
/// `Content-Disposition` both ways. Reading takes what clients really send: the OpenAI .NET SDK writes `name=file; filename=t.jsonl;
/// filename*=utf-8''t.jsonl` without quotes, curl and browsers write raw UTF-8 between quotes, Python percent-encodes.
/// </summary>
internal static class Disposition
{
    /// <returns>The part's name ("" if it has none) and file name ("" if it has none), as sent.</returns>
    public static (string Name, string Filename) Parse(string? header)
    {
        if (string.IsNullOrEmpty(header))
            return ("", "");
        if (ContentDispositionHeaderValue.TryParse(header, out var parsed))
        {
            var filename = parsed.FileNameStar.HasValue ? parsed.FileNameStar : HeaderUtilities.RemoveQuotes(parsed.FileName);
            return (HeaderUtilities.RemoveQuotes(parsed.Name).ToString(), Unescape(filename.ToString()));
        }

        return (Find(header, "name"), Find(header, "filename"));
    }

    /// <summary>The header of a download: an ASCII name for old clients and the whole one, percent-encoded, for the others.</summary>
    public static string Attachment(string filename)
    {
        var value = new ContentDispositionHeaderValue("attachment");
        value.SetHttpFileName(filename);
        return value.ToString();
    }

    /// <summary>For headers the strict grammar refuses, such as a raw NUL or U+202E between the quotes.</summary>
    private static string Find(string header, string parameter)
    {
        var start = header.IndexOf($"; {parameter}=", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
            return "";
        var value = header.AsSpan(start + parameter.Length + 3);
        if (value.IsEmpty || value[0] != '"')
            return value[..(value.IndexOf(';') is >= 0 and var end ? end : value.Length)].Trim().ToString();

        var text = new StringBuilder();
        for (var i = 1; i < value.Length && value[i] != '"'; i++)
            text.Append(value[i] == '\\' && i + 1 < value.Length && value[i + 1] is '"' or '\\' ? value[++i] : value[i]);
        return text.ToString();
    }

    // Inside quotes curl escapes `"` and `\` by a backslash.
    private static string Unescape(string text) => text.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
}

using System.Text.RegularExpressions;

namespace FineTuneAspire.Datasets.Cleaning.Steps;

/// <summary>Addresses as they are written in texts: `name@host.domain`, in the letters of any script; quoted names and addresses of hosts by number are not looked for.</summary>
internal static partial class EmailFinder
{
    // What ends like a file is one: logo@2x.png.
    private static readonly HashSet<string> FileEndings = new(["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "html"], StringComparer.OrdinalIgnoreCase);

    public static void Find(string text, List<Finding> findings)
    {
        if (!text.Contains('@'))
            return;
        foreach (Match match in Address().Matches(text))
        {
            var host = match.Groups["host"].ValueSpan;
            var behind = match.Index + match.Length < text.Length ? text[match.Index + match.Length] : ' ';
            // git@host:owner/repository names a place, not a person.
            var isRemote = behind == ':' && match.Index + match.Length + 1 < text.Length && char.IsLetterOrDigit(text[match.Index + match.Length + 1]);
            if (isRemote || FileEndings.Contains(host[(host.LastIndexOf('.') + 1)..].ToString()))
                continue;
            findings.Add(new Finding(match.Index, match.Length, "EMAIL", match.Value.ToLowerInvariant()));
        }
    }

    [GeneratedRegex(@"(?<![\p{L}\p{N}._%+\-@])[\p{L}\p{N}_](?:[\p{L}\p{N}_%+'\-]|\.(?!\.)){0,63}(?<!\.)@(?<host>(?:[\p{L}\p{N}](?:[\p{L}\p{N}\-]{0,61}[\p{L}\p{N}])?\.){1,8}\p{L}{2,24})(?![\p{L}\p{N}\-@])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Address();
}

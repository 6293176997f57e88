using System.Globalization;
using System.Text;

namespace FineTuneAspire.Datasets.Collecting.Web;

/// <summary>The rules of one robots.txt for one crawler: RFC 9309, and Crawl-delay, which is none of it but widely meant.</summary>
internal sealed class RobotsTxt
{
    /// <summary>RFC 9309, 2.5: at least so much must be read. What lies beyond is not.</summary>
    public const int MaxBytes = 500 * 1024;

    public static readonly RobotsTxt AllowsAll = new([], null);
    public static readonly RobotsTxt AllowsNothing = new([new Rule("/", Allows: false)], null);

    private readonly IReadOnlyList<Rule> rules;

    private RobotsTxt(IReadOnlyList<Rule> rules, TimeSpan? crawlDelay) => (this.rules, CrawlDelay) = (rules, crawlDelay);

    public TimeSpan? CrawlDelay { get; }

    /// <param name="productToken">The crawler's name, as in its User-Agent, without version.</param>
    public static RobotsTxt Parse(ReadOnlySpan<byte> file, string productToken)
    {
        if (file.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            file = file[3..];
        var text = Encoding.UTF8.GetString(file[..Math.Min(file.Length, MaxBytes)]);
        Group? own = null, everyones = null;
        var current = new List<Group>();
        var inRules = false;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!TryRead(line, out var key, out var value))
                continue;
            if (key.Equals("user-agent", StringComparison.OrdinalIgnoreCase))
            {
                // Lines in a row head one group; groups of one agent count as one.
                if (inRules)
                    current.Clear();
                inRules = false;
                if (value is "*")
                    current.Add(everyones ??= new Group());
                else if (Token(value).Equals(productToken, StringComparison.OrdinalIgnoreCase))
                    current.Add(own ??= new Group());
                continue;
            }

            var allows = key.Equals("allow", StringComparison.OrdinalIgnoreCase);
            var isDelay = key.Equals("crawl-delay", StringComparison.OrdinalIgnoreCase);
            // Other keys, such as Sitemap, stand outside of groups and do not end one.
            if (!allows && !isDelay && !key.Equals("disallow", StringComparison.OrdinalIgnoreCase))
                continue;
            inRules = true;
            foreach (var group in current)
            {
                if (!isDelay && value.Length > 0)
                    group.Rules.Add(new Rule(Normalize(value.ToString()), allows));
                else if (isDelay && double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds <= TimeSpan.MaxValue.TotalSeconds / 2)
                    group.CrawlDelay = TimeSpan.FromSeconds(seconds);
            }
        }

        return (own ?? everyones) is { } found ? new RobotsTxt(found.Rules, found.CrawlDelay) : AllowsAll;
    }

    /// <summary>The longest pattern that fits decides, and of equal ones the one that allows.</summary>
    public bool Allows(Uri address)
    {
        var path = Normalize(address.PathAndQuery);
        if (path == "/robots.txt")
            return true;
        var (longest, allows) = (-1, true);
        foreach (var rule in rules)
        {
            if (rule.Pattern.Length < longest || (rule.Pattern.Length == longest && !rule.Allows) || !Fits(rule.Pattern, path))
                continue;
            (longest, allows) = (rule.Pattern.Length, rule.Allows);
        }

        return allows;
    }

    /// <summary>`*` stands for any characters and `$` at the end for the end. Linear in path times stars: after each star the earliest place is enough.</summary>
    private static bool Fits(string pattern, string path)
    {
        var anchored = pattern.EndsWith('$');
        var pieces = (anchored ? pattern[..^1] : pattern).Split('*');
        if (!path.StartsWith(pieces[0], StringComparison.Ordinal))
            return false;
        var at = pieces[0].Length;
        for (var i = 1; i < pieces.Length; i++)
        {
            if (anchored && i == pieces.Length - 1)
                return path.Length - pieces[i].Length >= at && path.EndsWith(pieces[i], StringComparison.Ordinal);
            var found = path.IndexOf(pieces[i], at, StringComparison.Ordinal);
            if (found < 0)
                return false;
            at = found + pieces[i].Length;
        }

        return !anchored || at == path.Length;
    }

    /// <summary>RFC 9309, 2.2.2: what is escaped without need is compared unescaped, and what lies outside of ASCII as escaped UTF-8.</summary>
    private static string Normalize(string path)
    {
        var normal = new StringBuilder(path.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '%' && i + 2 < path.Length && byte.TryParse(path.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var escaped))
            {
                var character = (char)escaped;
                if (char.IsAsciiLetterOrDigit(character) || character is '-' or '.' or '_' or '~')
                    normal.Append(character);
                else
                    normal.Append(CultureInfo.InvariantCulture, $"%{escaped:X2}");
                i += 2;
            }
            else if (char.IsAscii(path[i]))
            {
                normal.Append(path[i]);
            }
            else
            {
                Rune.DecodeFromUtf16(path.AsSpan(i), out var rune, out var consumed);
                foreach (var one in utf8[..rune.EncodeToUtf8(utf8)])
                    normal.Append(CultureInfo.InvariantCulture, $"%{one:X2}");
                i += consumed - 1;
            }
        }

        return normal.ToString();
    }

    private static bool TryRead(ReadOnlySpan<char> line, out ReadOnlySpan<char> key, out ReadOnlySpan<char> value)
    {
        if (line.IndexOf('#') is >= 0 and var comment)
            line = line[..comment];
        var colon = line.IndexOf(':');
        key = value = default;
        if (colon < 0)
            return false;
        key = line[..colon].Trim();
        value = line[(colon + 1)..].Trim();
        return true;
    }

    /// <summary>`FineTuneAspire/1.0` names the same crawler as `FineTuneAspire`.</summary>
    private static ReadOnlySpan<char> Token(ReadOnlySpan<char> agent)
    {
        var end = 0;
        while (end < agent.Length && (char.IsAsciiLetter(agent[end]) || agent[end] is '-' or '_'))
            end++;
        return agent[..end];
    }

    private sealed record Rule(string Pattern, bool Allows);

    private sealed class Group
    {
        public List<Rule> Rules { get; } = [];
        public TimeSpan? CrawlDelay { get; set; }
    }
}

using System.Diagnostics;
using System.Text;
using FineTuneAspire.Datasets.Collecting.Web;

namespace FineTuneAspire.Datasets.Tests.Collecting;

/// <summary>RFC 9309; the examples of its section 2.2.2 and 5 are among these.</summary>
public class RobotsTxtTests
{
    private static RobotsTxt Parse(string file) => RobotsTxt.Parse(Encoding.UTF8.GetBytes(file), "FineTuneAspire");

    private static bool Allows(string file, string path) => Parse(file).Allows(new Uri("https://example.org" + path));

    [Theory]
    [InlineData("", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /", "/a", false)]
    [InlineData("User-agent: *\nDisallow: /", "/robots.txt", true)]
    [InlineData("User-agent: *\nDisallow:", "/a", true)]
    [InlineData("\uFEFFuser-AGENT : *  # all\r\ndisallow :  /a # yes\r\n", "/a/b", false)]
    [InlineData("User-agent: *\rDisallow: /a", "/a", false)]
    [InlineData("User-agent: other\nDisallow: /", "/a", true)]
    [InlineData("Disallow: /", "/a", true)]
    [InlineData("User-agent: finetuneaspire/2.0\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: FineTuneAspireX\nDisallow: /a", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /\nUser-agent: FineTuneAspire\nAllow: /a", "/b", true)]
    [InlineData("User-agent: FineTuneAspire\nDisallow: /a\nUser-agent: *\nDisallow: /\nUser-agent: FineTuneAspire\nDisallow: /b", "/b", false)]
    [InlineData("User-agent: other\nUser-agent: FineTuneAspire\nSitemap: x\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false)]
    [InlineData("User-agent: *\nDisallow: /example/page/disallowed.gif\nAllow: /example/page/", "/example/page/x", true)]
    [InlineData("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true)]
    [InlineData("User-agent: *\nDisallow: *.gif$", "/x/y.gif", false)]
    [InlineData("User-agent: *\nDisallow: *.gif$", "/x/y.gif?z", true)]
    [InlineData("User-agent: *\nDisallow: /*/private/*.html", "/x/y/private/z.html#f", false)]
    [InlineData("User-agent: *\nDisallow: /a*b*c$", "/abcbc", false)]
    [InlineData("User-agent: *\nDisallow: /a$", "/a/", true)]
    [InlineData("User-agent: *\nDisallow: /a%3cd", "/a%3Cd", false)]
    [InlineData("User-agent: *\nDisallow: /%62%61%7A", "/baz", false)]
    [InlineData("User-agent: *\nDisallow: /ツ", "/%E3%83%84", false)]
    [InlineData("User-agent: *\nDisallow: /%E3%83%84", "/ツ", false)]
    [InlineData("User-agent: *\nDisallow: /a%2Fb", "/a/b", true)]
    [InlineData("User-agent: *\nDisallow: /?q=", "/?q=1", false)]
    [InlineData("User-agent: *\nDisallow: /A", "/a", true)]
    [InlineData("<html>not a robots.txt: no</html>", "/a", true)]
    public void Reads_rules_as_RFC_9309_has_them(string file, string path, bool allowed) => Assert.Equal(allowed, Allows(file, path));

    [Theory]
    [InlineData("User-agent: *\nCrawl-delay: 2.5", 2500)]
    [InlineData("User-agent: *\nCrawl-delay: 9\nUser-agent: FineTuneAspire\nCrawl-delay: 1", 1000)]
    [InlineData("User-agent: *\nCrawl-delay: soon", null)]
    [InlineData("User-agent: *\nCrawl-delay: 1e99", null)]
    [InlineData("User-agent: *\nCrawl-delay: 99999999999999999999999", null)]
    public void Reads_the_delay(string file, int? milliseconds) => Assert.Equal(milliseconds, (int?)Parse(file).CrawlDelay?.TotalMilliseconds);

    [Fact]
    public void A_pattern_of_many_stars_takes_no_time()
    {
        var rules = Parse($"User-agent: *\nDisallow: /{string.Concat(Enumerable.Repeat("a*", 5_000))}b");
        var started = Stopwatch.GetTimestamp();
        Assert.True(rules.Allows(new Uri("https://example.org/" + new string('a', 8_000))));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5));
    }
}

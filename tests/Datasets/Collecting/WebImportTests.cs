using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Tests.Collecting;

public sealed class WebImportTests : IClassFixture<WebImportTests.Host>
{
    private readonly WebServer web;
    private readonly DatasetsService service;

    public WebImportTests(Host host)
    {
        (web, service) = (host.Web, host.Service);
        web.Clear();
    }

    public sealed class Host : IAsyncLifetime
    {
        internal WebServer Web { get; private set; } = null!;
        internal DatasetsService Service { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Web = await WebServer.StartAsync();
            Service = await DatasetsService.StartAsync(Web.Allowed(("Collecting:Contact", "mailto:crawler@example.org"), ("Collecting:MaxPageBytes", "100000"), ("Collecting:MaxPages", "20")));
        }

        public async ValueTask DisposeAsync()
        {
            await Service.DisposeAsync();
            await Web.DisposeAsync();
        }
    }

    private static string Page(string title, string text, string head = "") => $$"""
        <!doctype html><html lang="en"><head><title>{{title}}</title>{{head}}</head><body>
        <nav><a href="/">Home</a> <a href="/b">Products</a> <a href="/c">Imprint</a></nav>
        <article><h1>{{title}}</h1>{{string.Concat(Enumerable.Range(1, 12).Select(number => $"<p>{text} This is sentence number {number}, and it is long enough, with commas, to be taken for text.</p>"))}}</article>
        <footer>Copyright nobody. <script>var secret = "scripted";</script></footer></body></html>
        """;

    private Task<ImportObject> ImportAsync(params string[] paths) => service.ImportAsync(new { type = "web", urls = paths.Select(path => path.StartsWith('/') ? web.Url(path) : path).ToArray() });

    private async Task<List<JsonElement>> RecordsAsync(ImportObject import)
    {
        var lines = Encoding.UTF8.GetString(await service.ContentAsync(Assert.Single(import.Files)));
        return [.. lines.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
    }

    private static string Skips(ImportObject import) => string.Join(' ', import.Progress.SkippedBecause.Select(reason => $"{reason.Key}:{reason.Value}"));

    [Fact]
    public async Task Pages_become_lines_of_text_that_say_where_they_came_from()
    {
        var html = Page("Seals & ice", "Seals live on ice.", """<link rel="license" href="https://creativecommons.org/licenses/by/4.0/"><link rel="canonical" href="https://example.org/seals"><meta name="author" content="A. Writer">""");
        web.On("/seals", html, ("ETag", "\"v1\""), ("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")).On("/latin", Encoding.Latin1.GetBytes(Page("Bär", "Der Bär schläft.")), "text/html; charset=iso-8859-1");
        var import = await ImportAsync("/seals", "/latin", "/seals#again");

        Assert.Equal(("completed", 2, 0), (import.Status, import.Progress.Pages, import.Progress.Skipped));
        var file = await service.GetAsync<FileObject>($"/v1/files/{import.Files[0]}");
        Assert.Equal(("pages.jsonl", "user_data"), (file.Filename, file.Purpose));
        var records = await RecordsAsync(import);
        var seals = records[0];
        Assert.Equal(
            (web.Url("/seals"), "https://example.org/seals", "Seals & ice", "en", "https://creativecommons.org/licenses/by/4.0/", "\"v1\"", 200),
            (seals.GetProperty("url").GetString(), seals.GetProperty("canonical_url").GetString(), seals.GetProperty("title").GetString(), seals.GetProperty("language").GetString(),
                seals.GetProperty("license").GetString(), seals.GetProperty("etag").GetString(), seals.GetProperty("status").GetInt32()));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(html))), seals.GetProperty("sha256").GetString());
        Assert.InRange(seals.GetProperty("fetched_at").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(-2), TimeProvider.System.GetUtcNow());
        var text = seals.GetProperty("text").GetString()!;
        Assert.Contains("This is sentence number 12,", text);
        Assert.DoesNotContain("scripted", text);
        Assert.DoesNotContain("Imprint", text);
        Assert.Contains("Der Bär schläft.", records[1].GetProperty("text").GetString());
        Assert.All(web.Requests, request => Assert.Equal("FineTuneAspire/1.0 (+mailto:crawler@example.org)", request.UserAgent));
    }

    [Fact]
    public async Task What_may_not_or_cannot_be_taken_is_left_out_and_counted()
    {
        web.On("/robots.txt", "User-agent: *\nDisallow: /private"u8.ToArray(), "text/plain")
            .On("/good", Page("Good", "Good text."))
            .On("/private/page", Page("Private", "Private text."))
            .On("/pdf", "%PDF-1.7"u8.ToArray(), "application/pdf")
            .On("/away", 301, ("Location", web.Url("/good")))
            .On("/down", 500)
            .On("/large", new string(' ', 200_000))
            .On("/nothing", "<html><body></body></html>")
            .On("/header", Page("No", "No."), ("X-Robots-Tag", "noindex, noai"))
            .On("/reserved", Page("No", "No.", """<meta name="tdm-reservation" content="1">"""))
            .On("/meta", Page("No", "No.", """<meta name="robots" content="NoAI">"""))
            .On("/bomb", new byte[] { 0x1F, 0x8B }, "text/html", ("Content-Encoding", "gzip"));
        var import = await ImportAsync("/good", "/private/page", "/pdf", "/away", "/down", "/large", "/nothing", "/header", "/reserved", "/meta", "/missing", "/bomb");

        Assert.Equal(("completed", 1), (import.Status, import.Progress.Pages));
        Assert.Equal("content_encoding:1 http_404:1 http_500:1 no_text:1 not_html:1 opted_out:3 redirect:1 robots:1 too_large:1", Skips(import));
        Assert.Equal(0, web.Count("/private/page"));
        Assert.Equal(1, web.Count("/robots.txt"));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(302)]
    public async Task A_host_whose_robots_txt_cannot_be_read_is_left_alone(int status)
    {
        web.On("/robots.txt", status, ("Location", web.Url("/good"))).On("/good", Page("Good", "Good text."));
        var import = await ImportAsync("/good");
        Assert.Equal(("failed", "no_pages", "No page could be taken: 1 robots."), (import.Status, import.Error!.Code, import.Error.Message));
        Assert.Equal(0, web.Count("/good"));
        Assert.Empty(service.Incoming());
    }

    [Fact]
    public async Task Between_two_requests_lies_the_delay_that_the_host_asks_for()
    {
        web.On("/robots.txt", "User-agent: *\nCrawl-delay: 0.4"u8.ToArray(), "text/plain");
        foreach (var path in new[] { "/a", "/b", "/c" })
            web.On(path, Page(path, "Text."));
        // Two imports at once share the host's turns.
        var both = await Task.WhenAll(ImportAsync("/a", "/b"), ImportAsync("/c", "/a"));
        Assert.All(both, import => Assert.Equal(("completed", 2), (import.Status, import.Progress.Pages)));
        var times = web.Requests.Where(request => request.Path != "/robots.txt").Select(request => request.At).ToList();
        for (var i = 1; i < times.Count; i++)
            Assert.True(times[i] - times[i - 1] > TimeSpan.FromMilliseconds(250), $"{times[i] - times[i - 1]}");
    }

    [Fact]
    public async Task A_sitemap_and_an_index_of_them_name_the_pages_but_no_other_hosts()
    {
        web.On("/index.xml", Encoding.UTF8.GetBytes($"""<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{web.Url("/one.xml")}</loc></sitemap><sitemap><loc>https://elsewhere.test/two.xml</loc></sitemap></sitemapindex>"""), "application/xml")
            .On("/one.xml", Encoding.UTF8.GetBytes($"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc> {web.Url("/a")} </loc></url><url><loc>https://169.254.169.254/x</loc></url><url><loc>{web.Url("/b")}</loc></url><url><loc>{web.Url("/c")}</loc></url></urlset>"""), "application/xml");
        foreach (var path in new[] { "/a", "/b", "/c" })
            web.On(path, Page(path, "Text."));
        var import = await service.ImportAsync(new { type = "web", sitemap = web.Url("/index.xml"), max_pages = 2 });
        Assert.Equal(("completed", 2, "host_not_allowed:1"), (import.Status, import.Progress.Pages, Skips(import)));
        Assert.Equal(0, web.Count("/c"));
    }

    [Theory]
    [InlineData("""<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>""", "no_sitemap")]
    [InlineData("""<!DOCTYPE x SYSTEM "file:///etc/passwd"><urlset><url><loc>x</loc></url></urlset>""", "no_sitemap")]
    [InlineData("<html><body>no</body></html>", "no_sitemap")]
    [InlineData("<urlset><url><loc>x", "no_sitemap")]
    [InlineData("<urlset></urlset>", "no_pages")]
    [InlineData("\u001f\u008b", "no_sitemap")]
    public async Task A_hostile_sitemap_is_refused(string xml, string code)
    {
        web.On("/sitemap.xml", Encoding.UTF8.GetBytes(xml), "application/xml");
        Assert.Equal(code, (await service.ImportAsync(new { type = "web", sitemap = web.Url("/sitemap.xml") })).Error!.Code);
    }
}

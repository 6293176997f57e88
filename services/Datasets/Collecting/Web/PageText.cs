using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using SmartReader;

namespace FineTuneAspire.Datasets.Collecting.Web;

/// <summary>The main text of a page, as SmartReader finds it, and what the page says of itself.</summary>
/// <param name="License">The address of its licence, or what it names as its rights, or null.</param>
/// <param name="OptsOut">It forbids the use for training or text mining: robots `noai`, or TDM-Reservation 1.</param>
internal sealed record PageText(string Title, string Text, string? Language, string? Author, string? PublishedAt, string? License, string? Canonical, bool OptsOut)
{
    // A hostile page can make a parser build far more than it sent: formatting elements are repeated in every paragraph.
    private const int MaxElements = 50_000;
    private const int MaxDepth = 400;
    private static readonly TimeSpan ParseTimeout = TimeSpan.FromSeconds(10);

    static PageText() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <param name="charset">As the answer's header names it, or null: then the page's own word is taken.</param>
    /// <returns>Null when it has no text to speak of.</returns>
    /// <exception cref="PageException">The page is built to be hard to read.</exception>
    public static async Task<PageText?> ExtractAsync(Uri address, byte[] html, string? charset, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var document = Parse(html, charset, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(ParseTimeout);
        var head = ReadHead(document);
        using var reader = new Reader(address.AbsoluteUri, document) { ContinueIfNotReadable = true };
        Article article;
        try
        {
            article = await reader.GetArticleAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PageException();
        }

        cancellationToken.ThrowIfCancellationRequested();
        var text = Clean(article.TextContent ?? "");
        return text.Length == 0 ? null : head with { Title = Clean(article.Title ?? head.Title), Text = text, Language = article.Language ?? head.Language, Author = article.Author, PublishedAt = article.PublicationDate?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) };
    }

    private static IHtmlDocument Parse(byte[] html, string? charset, TimeProvider clock)
    {
        var (elements, started) = (0, clock.GetTimestamp());
        var parser = new HtmlParser(new HtmlParserOptions
        {
            MaximumDepth = MaxDepth,
            SkipScriptText = false,
            OnCreated = (_, _) =>
            {
                if (++elements > MaxElements || (elements % 256 == 0 && clock.GetElapsedTime(started) > ParseTimeout))
                    throw new PageException();
            },
        });
        return EncodingOf(charset) is { } encoding ? parser.ParseDocument(encoding.GetString(html)) : parser.ParseDocument(new MemoryStream(html));
    }

    private static Encoding? EncodingOf(string? charset)
    {
        if (string.IsNullOrWhiteSpace(charset))
            return null;
        try
        {
            return Encoding.GetEncoding(charset.Trim('"'));
        }
        catch (ArgumentException)
        {
            // A name that nobody knows says nothing: the page's own word is taken.
            return null;
        }
    }

    private static PageText ReadHead(IHtmlDocument document)
    {
        var license = document.QuerySelector("link[rel~=license][href], a[rel~=license][href]")?.GetAttribute("href")
            ?? Meta(document, "dcterms.license") ?? Meta(document, "dc.rights") ?? Meta(document, "dcterms.rights") ?? Meta(document, "license");
        var robots = $"{Meta(document, "robots")},{Meta(document, Download.ProductToken)}";
        return new PageText(
            document.Title ?? "", "", document.DocumentElement.GetAttribute("lang"), null, null, license is null ? null : Clean(license),
            document.QuerySelector("link[rel~=canonical][href]")?.GetAttribute("href") is { } canonical ? Clean(canonical) : null,
            IsOptOut(robots) || Meta(document, "tdm-reservation") == "1");
    }

    /// <param name="directives">Of a robots meta element or an X-Robots-Tag header.</param>
    public static bool IsOptOut(string directives) => directives.Split(',', StringSplitOptions.TrimEntries).Any(word => word.Equals("noai", StringComparison.OrdinalIgnoreCase));

    private static string? Meta(IHtmlDocument document, string name) =>
        document.Head?.Children.FirstOrDefault(element => element is IHtmlMetaElement meta && name.Equals(meta.Name, StringComparison.OrdinalIgnoreCase))?.GetAttribute("content")?.Trim();

    /// <summary>Well-formed Unicode without control characters, lines trimmed and runs of blank ones as one.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        var blank = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (trimmed.IsEmpty)
            {
                blank++;
                continue;
            }

            if (clean.Length > 0)
                clean.Append('\n', blank > 0 ? 2 : 1);
            blank = 0;
            foreach (var rune in trimmed.EnumerateRunes())
            {
                if (!Rune.IsControl(rune) || rune.Value == '\t')
                    clean.Append(rune.Value == '\t' ? " " : rune.ToString());
            }
        }

        return clean.ToString();
    }
}

/// <summary>A page that is no page for people: too many elements, or no end.</summary>
internal sealed class PageException() : Exception("The page is too complex.");

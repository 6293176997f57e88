using System.Net;
using System.Net.Mime;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting.Web;

/// <summary>`web`: the main text of pages, as JSON Lines with where each came from. One request after another, with pauses, and what robots.txt forbids is left out.</summary>
internal sealed class WebCollector(Download download, HostPace pace, IOptions<CollectingOptions> options, TimeProvider clock) : ICollector
{
    private const int MostSitemaps = 50;
    private const int MaxSitemapBytes = 10 * 1024 * 1024;
    private const string Html = "text/html";

    public string Type => "web";
    public IReadOnlyList<string> Fields => ["urls", "sitemap", "max_pages"];
    public string DefaultPurpose => "user_data";

    public ApiError? Refuse(ImportSource source, string project)
    {
        if (source.Urls is null == source.Sitemap is null)
            return ApiError.BadRequest("Give either 'source.urls' or 'source.sitemap'.", "source");
        if (source.MaxPages is { } most && (most < 1 || most > options.Value.MaxPages))
            return ApiError.BadRequest($"'source.max_pages' must lie between 1 and {options.Value.MaxPages} (Collecting:MaxPages).", "source.max_pages");
        if (source.Sitemap is { } sitemap)
            return UrlCollector.RefuseAddress(download, sitemap, "source.sitemap");
        if (source.Urls!.Count == 0 || source.Urls.Count > options.Value.MaxPages)
            return ApiError.BadRequest($"'source.urls' must name 1 to {options.Value.MaxPages} pages (Collecting:MaxPages).", "source.urls");
        return source.Urls.Select((url, at) => UrlCollector.RefuseAddress(download, url ?? "", $"source.urls[{at}]")).FirstOrDefault(refusal => refusal is not null);
    }

    public async Task CollectAsync(CollectRun run, CancellationToken cancellationToken)
    {
        var visit = new Visit(download, pace, options.Value);
        var most = run.Source.MaxPages ?? options.Value.MaxPages;
        var addresses = run.Source.Urls ?? await ReadSitemapAsync(visit, run, new Uri(run.Source.Sitemap!), most, cancellationToken);
        var file = run.NewFile("pages.jsonl");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in addresses)
        {
            // A fragment names a place in a page that is the same page.
            if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || download.Refuse(address) is not null)
            {
                run.Progress.Skip(Download.NotAllowed);
                continue;
            }

            if (!seen.Add(address.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped)))
                continue;
            if (run.Progress.Pages == most)
                break;
            var page = await TakePageAsync(visit, address, cancellationToken);
            if (page.Record is not null && run.Progress.Bytes + page.Record.Length > options.Value.MaxFileBytes)
                throw run.TooLarge();
            if (page.Record is not null)
                await file.WriteAsync(page.Record, cancellationToken);
            if (page.Record is not null)
                run.Progress.Pages++;
            else
                run.Progress.Skip(page.SkippedBecause!);
            await run.AdvanceAsync(page.Record?.Length ?? 0, cancellationToken);
        }

        if (run.Progress.Pages == 0)
            throw new ImportException("no_pages", $"No page could be taken: {(run.Progress.Skipped.Count == 0 ? "the sitemap names none" : string.Join(", ", run.Progress.Skipped.Select(reason => $"{reason.Value} {reason.Key}")))}.");
    }

    private async Task<IReadOnlyList<string>> ReadSitemapAsync(Visit visit, CollectRun run, Uri address, int most, CancellationToken cancellationToken)
    {
        var pages = new List<string>();
        var left = new Queue<Uri>([address]);
        // Twice as many as wanted: some will be left out.
        for (var read = 0; left.TryDequeue(out var next) && pages.Count < 2 * most && read < MostSitemaps; read++)
        {
            if (!await visit.MayAskAsync(next, cancellationToken))
                throw new ImportException("robots", "The host's robots.txt forbids to read the sitemap, or cannot be read itself.");
            var sitemap = await FetchSitemapAsync(next, 2 * most, cancellationToken);
            await run.AdvanceAsync(0, cancellationToken);
            if (!sitemap.IsIndex)
                pages.AddRange(sitemap.Addresses);
            else if (read > 0)
                throw new ImportException("no_sitemap", "The index of sitemaps names another index, which sitemaps.org does not allow.");
            else
                foreach (var one in sitemap.Addresses.Where(one => Uri.TryCreate(one, UriKind.Absolute, out var uri) && download.Refuse(uri) is null))
                    left.Enqueue(new Uri(one));
        }

        return pages;
    }

    private async Task<Sitemap> FetchSitemapAsync(Uri address, int most, CancellationToken cancellationToken)
    {
        try
        {
            var file = await download.GetAsync(address, "application/xml, text/xml;q=0.9, */*;q=0.1", async (answer, body) =>
                answer.StatusCode == HttpStatusCode.OK ? await body.ReadUpToAsync(MaxSitemapBytes, cancellationToken) : throw new ImportException($"http_{(int)answer.StatusCode}", $"The server answers {(int)answer.StatusCode} for the sitemap."), cancellationToken);
            return await Sitemap.ReadAsync(file ?? throw new ImportException("too_large", $"The sitemap is larger than {MaxSitemapBytes} bytes."), most, cancellationToken);
        }
        catch (TransferException failed)
        {
            throw new ImportException(failed.Code, $"{failed.Message} The sitemap could not be read; ask for the import again later.");
        }
    }

    private async Task<Page> TakePageAsync(Visit visit, Uri address, CancellationToken cancellationToken)
    {
        try
        {
            if (!await visit.MayAskAsync(address, cancellationToken))
                return Page.Skipped("robots");
            return await download.GetAsync(address, Html, (answer, body) => ReadPageAsync(address, answer, body, cancellationToken), cancellationToken);
        }
        catch (TransferException failed)
        {
            return Page.Skipped(failed.Code);
        }
        catch (ImportException wrong)
        {
            return Page.Skipped(wrong.Code);
        }
        catch (PageException)
        {
            return Page.Skipped("too_complex");
        }
    }

    private async Task<Page> ReadPageAsync(Uri address, HttpResponseMessage answer, Stream body, CancellationToken cancellationToken)
    {
        var status = (int)answer.StatusCode;
        if (status != 200)
            return Page.Skipped(status is >= 300 and < 400 ? "redirect" : $"http_{status}");
        var type = answer.Content.Headers.ContentType;
        if (!Html.Equals(type?.MediaType, StringComparison.OrdinalIgnoreCase))
            return Page.Skipped("not_html");
        if (OptsOut(answer))
            return Page.Skipped("opted_out");
        if (await body.ReadUpToAsync(options.Value.MaxPageBytes, cancellationToken) is not { } html)
            return Page.Skipped("too_large");
        if (await PageText.ExtractAsync(address, html, type!.CharSet, clock, cancellationToken) is not { } text)
            return Page.Skipped("no_text");
        if (text.OptsOut)
            return Page.Skipped("opted_out");
        return new Page(PageRecord.Write(address, answer, html, text, clock.GetUtcNow()), null);
    }

    private static bool OptsOut(HttpResponseMessage answer) =>
        (answer.Headers.TryGetValues("X-Robots-Tag", out var tags) && tags.Any(PageText.IsOptOut)) ||
        (answer.Headers.TryGetValues("TDM-Reservation", out var reserved) && reserved.Any(value => value.Trim() == "1"));

    /// <param name="Record">One line of JSON, or null where the page is left out.</param>
    private sealed record Page(byte[]? Record, string? SkippedBecause)
    {
        public static Page Skipped(string reason) => new(null, reason);
    }
}

/// <summary>What one import knows of the hosts that it visits.</summary>
internal sealed class Visit(Download download, HostPace pace, CollectingOptions options)
{
    private readonly Dictionary<string, RobotsTxt> robots = new(StringComparer.Ordinal);

    /// <summary>Waits for the host's turn.</summary>
    /// <returns>False when its robots.txt forbids the address, or asks for longer pauses than anyone would wait.</returns>
    public async Task<bool> MayAskAsync(Uri address, CancellationToken cancellationToken)
    {
        if (!robots.TryGetValue(address.Authority, out var rules))
        {
            await pace.WaitAsync(address, options.DelayBetweenPages, cancellationToken);
            robots[address.Authority] = rules = await FetchAsync(new Uri(address, "/robots.txt"), cancellationToken);
        }

        var delay = rules.CrawlDelay is { } asked && asked > options.DelayBetweenPages ? asked : options.DelayBetweenPages;
        if (!rules.Allows(address) || delay > options.MaxCrawlDelay)
            return false;
        await pace.WaitAsync(address, delay, cancellationToken);
        return true;
    }

    /// <summary>RFC 9309, 2.3.1: without a file everything is allowed; with one that cannot be read, nothing. Redirects are not followed, so they are the latter.</summary>
    private async Task<RobotsTxt> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            return await download.GetAsync(address, MediaTypeNames.Text.Plain, async (answer, body) => (int)answer.StatusCode switch
            {
                200 => RobotsTxt.Parse(await body.ReadHeadAsync(RobotsTxt.MaxBytes, cancellationToken), Download.ProductToken),
                >= 400 and < 500 => RobotsTxt.AllowsAll,
                _ => RobotsTxt.AllowsNothing,
            }, cancellationToken);
        }
        catch (Exception unreadable) when (unreadable is TransferException or ImportException)
        {
            return RobotsTxt.AllowsNothing;
        }
    }
}

internal static class BoundedReading
{
    /// <returns>All of the stream, or null when it is longer.</returns>
    public static async Task<byte[]?> ReadUpToAsync(this Stream stream, int most, CancellationToken cancellationToken)
    {
        var head = await stream.ReadHeadAsync(most + 1, cancellationToken);
        return head.Length > most ? null : head;
    }

    /// <returns>At most so many bytes of the stream.</returns>
    public static async Task<byte[]> ReadHeadAsync(this Stream stream, int most, CancellationToken cancellationToken)
    {
        var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int read;
        while (bytes.Length < most && (read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, most - bytes.Length)), cancellationToken)) > 0)
            bytes.Write(buffer, 0, read);
        return bytes.ToArray();
    }
}

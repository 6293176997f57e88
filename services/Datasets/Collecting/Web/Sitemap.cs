using System.Xml;

namespace FineTuneAspire.Datasets.Collecting.Web;

/// <summary>A sitemap of sitemaps.org: addresses of pages, or, as an index, of further sitemaps.</summary>
internal sealed record Sitemap(bool IsIndex, IReadOnlyList<string> Addresses)
{
    /// <summary>Reads up to <paramref name="most"/> addresses.</summary>
    /// <exception cref="ImportException">It is no sitemap.</exception>
    public static async Task<Sitemap> ReadAsync(byte[] file, int most, CancellationToken cancellationToken)
    {
        if (Archives.NameOf(file) is { } archive)
            throw new ImportException("archive", $"The sitemap is {archive}. Name the address of an unpacked one, or the pages themselves.");
        var addresses = new List<string>();
        // No DTD: neither entities that grow nor documents from elsewhere.
        using var xml = XmlReader.Create(new MemoryStream(file), new XmlReaderSettings { Async = true, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true });
        try
        {
            if (await xml.MoveToContentAsync() != XmlNodeType.Element || xml.LocalName is not ("urlset" or "sitemapindex"))
                throw NoSitemap();
            var isIndex = xml.LocalName == "sitemapindex";
            while (addresses.Count < most && await xml.ReadAsync())
            {
                cancellationToken.ThrowIfCancellationRequested();
                // <urlset><url><loc>: an image's own loc lies deeper.
                if (xml is { NodeType: XmlNodeType.Element, LocalName: "loc", Depth: 2 })
                    addresses.Add((await xml.ReadElementContentAsStringAsync()).Trim());
            }

            return new Sitemap(isIndex, addresses);
        }
        catch (XmlException)
        {
            throw NoSitemap();
        }
    }

    private static ImportException NoSitemap() => new("no_sitemap", "The address does not lead to a sitemap in XML (sitemaps.org, without a DTD).");
}

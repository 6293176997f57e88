using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Net.Http.Headers;

namespace FineTuneAspire.Studio.Pages;

/// <summary>
/// `/`: one page with its script and style, all from this process. The server fills in addresses; jobs and models are read by the
/// script through `/v1` with the key that the reader types, so the page itself holds nothing that needs one.
/// </summary>
public static class FirstPage
{
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static void AddFirstPage(this WebApplicationBuilder builder) =>
        builder.Services.AddOptions<DashboardOptions>().BindConfiguration(DashboardOptions.Section)
            .Validate(dashboard => dashboard.Url is null or "" || Uri.TryCreate(dashboard.Url, UriKind.Absolute, out var url) && url.Scheme is "http" or "https",
                "Dashboard:Url must be an absolute http or https URL, or be left out.")
            .ValidateOnStart();

    public static void MapFirstPage(this WebApplication app)
    {
        var template = Encoding.UTF8.GetString(Asset("index.html"));
        app.MapGet("/", (HttpContext context, Microsoft.Extensions.Options.IOptions<DashboardOptions> dashboard) =>
        {
            var html = template
                .Replace("{{base_url}}", HtmlEncoder.Default.Encode($"{context.Request.Scheme}://{context.Request.Host}/v1"))
                .Replace("{{dashboard}}", dashboard.Value.Url is { Length: > 0 } url
                    ? $"<li><a href=\"{HtmlEncoder.Default.Encode(url)}\" rel=\"noreferrer\">Dashboard</a> <span>resources, logs and traces</span></li>"
                    : "");
            return Secured(context, Results.Text(html, "text/html", Encoding.UTF8));
        }).ExcludeFromDescription().AllowAnonymous();
        MapAsset(app, "page.js", "text/javascript");
        MapAsset(app, "chart.js", "text/javascript");
        MapAsset(app, "page.css", "text/css");
        MapAsset(app, "icon.svg", "image/svg+xml");
    }

    private static void MapAsset(WebApplication app, string name, string contentType)
    {
        var bytes = Asset(name);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
        app.MapGet($"/assets/{name}", (HttpContext context) => Secured(context, Results.Bytes(bytes, $"{contentType}; charset=utf-8", entityTag: tag)))
            .ExcludeFromDescription().AllowAnonymous();
    }

    private static IResult Secured(HttpContext context, IResult result)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-cache";
        return result;
    }

    private static byte[] Asset(string name)
    {
        using var stream = typeof(FirstPage).Assembly.GetManifestResourceStream($"Assets/{name}")
            ?? throw new InvalidOperationException($"The asset {name} is not embedded in this build.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

/// <summary>Section `Dashboard`.</summary>
public sealed class DashboardOptions
{
    public const string Section = "Dashboard";

    /// <summary>Where resources, logs and traces are shown; the page links it when it is set.</summary>
    public string? Url { get; set; }
}

using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using FineTuneAspire.AppHost.WithoutAspire.Running;
using FineTuneAspire.AppHost.WithoutAspire.Traces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.AppHost.WithoutAspire.Page;

/// <summary>
/// The local page: resources, logs and traces, the JSON behind it under `/api`, and the OTLP/HTTP receiver. It listens on the loopback interface only,
/// answers only to that interface's names (so no web page gets in by a name of its own), and takes commands only from itself or from outside a browser.
/// </summary>
internal static class RunnerPage
{
    private const long LargestBody = 64 * 1024 * 1024;

    public static async Task<WebApplication> StartAsync(Runner runner, CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole().AddFilter(level => level >= LogLevel.Warning);
        builder.WebHost.UseUrls(runner.PageUrl);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
        });
        AddServices(builder.Services);

        var app = builder.Build();
        var port = new Uri(runner.PageUrl).Port;
        app.Use((context, next) => GuardAsync(context, next, port));
        app.UseRequestDecompression();
        app.MapOtlp(new TraceStore());
        app.MapResources(runner);
        MapAsset(app, "/", "index.html", "text/html; charset=utf-8");
        MapAsset(app, "/page.js", "page.js", "text/javascript; charset=utf-8");
        MapAsset(app, "/page.css", "page.css", "text/css; charset=utf-8");
        await app.StartAsync(cancel);
        return app;
    }

    internal static void AddServices(IServiceCollection services)
    {
        services.AddRequestDecompression();
        services.Configure<JsonOptions>(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        });
    }

    private static Task GuardAsync(HttpContext context, RequestDelegate next, int port)
    {
        var host = context.Request.Host;
        if (host.Host is not ("127.0.0.1" or "localhost" or "[::1]") || host.Port != port)
            return RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, "This page answers to 127.0.0.1 and localhost only.");
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method) && IsForeign(context.Request))
            return RefuseAsync(context, StatusCodes.Status403Forbidden, "Another web page may not give commands here.");
        context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-store";
        return next(context);
    }

    /// <summary>Browsers name the page that sends a command; programs name none.</summary>
    private static bool IsForeign(HttpRequest request)
    {
        var origin = request.Headers.Origin.ToString();
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        return (origin.Length > 0 && origin != $"{request.Scheme}://{request.Host}") || site is not ("" or "same-origin" or "none");
    }

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text);
    }

    private static void MapAsset(WebApplication app, string path, string name, string type)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"RunnerPage.{name}")
            ?? throw new InvalidOperationException($"RunnerPage.{name} is not embedded.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        var bytes = copy.ToArray();
        app.MapGet(path, () => Results.Bytes(bytes, type));
    }
}

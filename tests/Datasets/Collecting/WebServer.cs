using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Datasets.Tests.Collecting;

/// <summary>A host elsewhere: Kestrel with TLS on loopback, whose certificate nobody trusts who is not told to.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, RequestDelegate> pages = new();
    private readonly ConcurrentQueue<(string Path, string UserAgent, DateTimeOffset At)> requests = new();

    private WebServer(WebApplication app, string certificate) => (this.app, Certificate) = (app, certificate);

    /// <summary>A PEM file for `Collecting:TrustedCertificates`.</summary>
    public string Certificate { get; }

    public int Port { get; private set; }
    public string Authority => $"localhost:{Port}";
    public IReadOnlyList<(string Path, string UserAgent, DateTimeOffset At)> Requests => [.. requests];

    /// <summary>How often the path was asked for.</summary>
    public int Count(string path) => requests.Count(request => request.Path == path);

    public string Url(string path) => $"https://{Authority}{path}";

    public static async Task<WebServer> StartAsync()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var created = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        var pem = Path.Combine(TestFolder.Create("certificate"), "server.pem");
        await File.WriteAllTextAsync(pem, created.ExportCertificatePem());

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(X509CertificateLoader.LoadPkcs12(created.Export(X509ContentType.Pkcs12), null)));
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        var app = builder.Build();
        var server = new WebServer(app, pem);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        server.Port = new Uri(app.Urls.First()).Port;
        return server;
    }

    /// <summary>The settings of a service that may read this host.</summary>
    public (string, string?)[] Allowed(params (string, string?)[] more) =>
    [
        ("Collecting:AllowedHosts:0", Authority), ("Collecting:AllowedPrivateAddresses:0", Authority), ("Collecting:TrustedCertificates", Certificate),
        ("Collecting:DelayBetweenPages", "00:00:00.010"), ("Collecting:RetryDelay", "00:00:00.010"), ("Collecting:PollEvery", "00:00:00.200"), .. more,
    ];

    /// <summary>Forgets pages and requests.</summary>
    public void Clear()
    {
        pages.Clear();
        requests.Clear();
    }

    public WebServer On(string path, RequestDelegate answer)
    {
        pages[path] = answer;
        return this;
    }

    public WebServer On(string path, byte[] body, string type = "application/octet-stream", params (string Name, string Value)[] headers) => On(path, async context =>
    {
        context.Response.ContentType = type;
        foreach (var (name, value) in headers)
            context.Response.Headers.Append(name, value);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    });

    public WebServer On(string path, string html, params (string Name, string Value)[] headers) => On(path, System.Text.Encoding.UTF8.GetBytes(html), "text/html; charset=utf-8", headers);

    public WebServer On(string path, int status, params (string Name, string Value)[] headers) => On(path, context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
            context.Response.Headers.Append(name, value);
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }

    private Task AnswerAsync(HttpContext context)
    {
        requests.Enqueue((context.Request.Path + context.Request.QueryString, context.Request.Headers.UserAgent.ToString(), TimeProvider.System.GetUtcNow()));
        if (pages.TryGetValue(context.Request.Path, out var page))
            return page(context);
        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }
}

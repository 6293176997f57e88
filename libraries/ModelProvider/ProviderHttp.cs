using System.Net;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.ModelProvider;

/// <summary>The HttpClient of every provider: no redirects (the key would travel along), no cookies, no proxy from the environment, no decompression.</summary>
internal sealed class ProviderHttp(IOptions<ProvidersOptions> providers) : IConfigureNamedOptions<HttpClientFactoryOptions>
{
    private const string Prefix = "model-provider:";

    public static string ClientName(string provider) => Prefix + provider;

    public void Configure(HttpClientFactoryOptions options)
    {
    }

    public void Configure(string? name, HttpClientFactoryOptions options)
    {
        if (name is null || !name.StartsWith(Prefix, StringComparison.Ordinal) || !providers.Value.TryGetValue(name[Prefix.Length..], out var provider))
            return;
        options.HandlerLifetime = Timeout.InfiniteTimeSpan;
        options.HttpClientActions.Add(http => http.Timeout = Timeout.InfiniteTimeSpan);
        options.HttpMessageHandlerBuilderActions.Add(builder => builder.PrimaryHandler = CreateHandler(provider));
    }

    private static SocketsHttpHandler CreateHandler(ProviderOptions provider) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = provider.Proxy is { Length: > 0 },
        Proxy = provider.Proxy is { Length: > 0 } proxy ? new WebProxy(proxy) : null,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
    };
}

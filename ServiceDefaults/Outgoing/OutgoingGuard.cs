using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace FineTuneAspire.ServiceDefaults.Outgoing;

/// <summary>
/// Makes HTTP clients for addresses that users name (imports, web hooks), which must not reach what only this machine can: https and allowed
/// hosts only; a name is resolved once per connection, every address of the answer is checked, and the connection goes to a checked
/// address, so that a second answer of the name server cannot matter; no redirect, proxy, cookie or trace header.
/// </summary>
/// <param name="trustedRoots">Certificates of authorities to trust beside the system's, or null.</param>
/// <param name="resolve">The name server; tests give their own.</param>
public sealed class OutgoingGuard(
    OutgoingRules rules, X509Certificate2Collection? trustedRoots = null, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve = resolve ?? Dns.GetHostAddressesAsync;

    /// <inheritdoc cref="OutgoingRules.Refuse"/>
    public string? Refuse(Uri address) => rules.Refuse(address);

    /// <summary>A client whose requests throw <see cref="OutgoingRefusedException"/>, also inside an <see cref="HttpRequestException"/>, where the rules forbid them.</summary>
    public HttpClient CreateClient() => new(new Checked(rules, CreateHandler())) { Timeout = Timeout.InfiniteTimeSpan };

    private SocketsHttpHandler CreateHandler() => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = ConnectTimeout,
        MaxResponseHeadersLength = 64,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = ConnectAsync,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = trustedRoots is null ? null : ValidateCertificate },
    };

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await resolve(host, cancellationToken);
        if (addresses.Length == 0)
            throw new HttpRequestException(HttpRequestError.NameResolutionError, $"The host '{host}' has no address.");
        // One that is forbidden among several is an attack or a mistake; either way the others are not tried.
        var worst = addresses.Max(AddressRules.KindOf);
        if (worst == AddressKind.Never || (worst == AddressKind.Private && !rules.AllowsPrivate(host, port)))
            throw new OutgoingRefusedException($"The host '{host}' has an address that is not public. Requests into private networks are not made.");

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool ValidateCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null)
            return false;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(trustedRoots!);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var server = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return own.Build(server);
    }

    /// <summary>The rules, also for a caller that forgot to ask.</summary>
    private sealed class Checked(OutgoingRules rules, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            rules.Refuse(request.RequestUri!) is { } reason ? throw new OutgoingRefusedException(reason) : base.SendAsync(request, cancellationToken);
    }
}

/// <summary>An address that users may not have this system connect to; the message says why, for a person.</summary>
public sealed class OutgoingRefusedException(string message) : Exception(message)
{
    /// <summary>The refusal in an exception of <see cref="HttpClient"/>, or null.</summary>
    public static OutgoingRefusedException? In(Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is OutgoingRefusedException refused)
                return refused;
        }

        return null;
    }
}

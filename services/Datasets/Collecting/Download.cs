using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.ServiceDefaults.Outgoing;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>
/// GET with time-outs and, where the failure may pass (the connection, a time-out, 408, 425, 429, 5xx), with back-off and retry. No redirect
/// is followed: an address leads where it says, or the answer names the address to ask for.
/// </summary>
internal sealed class Download(OutgoingGuard guard, IOptions<CollectingOptions> options, IOptions<StorageOptions> storage, TimeProvider clock) : IDisposable
{
    public const string NotAllowed = "host_not_allowed";
    public const string ProductToken = "FineTuneAspire";
    private const int Tries = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);
    private readonly HttpClient client = CreateClient(guard, options.Value);

    /// <inheritdoc cref="OutgoingGuard.Refuse"/>
    public string? Refuse(Uri address) => guard.Refuse(address);

    /// <summary>Asks until an answer is final, and hands it with its decoded body to <paramref name="read"/>; where that breaks off, asks again.</summary>
    /// <param name="read">Any status but those that are tried again; called once for each try.</param>
    /// <exception cref="TransferException">Every try failed.</exception>
    public async Task<T> GetAsync<T>(Uri address, string accept, Func<HttpResponseMessage, Stream, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            TransferException failed;
            TimeSpan? askedToWait = null;
            try
            {
                using var answer = await SendAsync(address, accept, cancellationToken);
                if (!IsTransient(answer.StatusCode))
                    return await ReadAsync(answer, read, cancellationToken);
                askedToWait = RetryAfter(answer);
                failed = new TransferException($"http_{(int)answer.StatusCode}", $"The server answers {(int)answer.StatusCode}.");
            }
            catch (HttpRequestException lost) when (OutgoingRefusedException.In(lost) is null)
            {
                failed = new TransferException("unreachable", Describe(lost), lost);
            }
            catch (TransferException broken)
            {
                failed = broken;
            }

            var wait = askedToWait ?? options.Value.RetryDelay * (1 << (attempt - 1));
            if (attempt == Tries || wait > LongestWait)
                throw failed;
            await Task.Delay(wait, clock, cancellationToken);
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Uri address, string accept, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd(accept);
        request.Headers.AcceptEncoding.ParseAdd(DecodedStream.Accepted);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.AnswerTimeout);
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransferException("timeout", "The server did not answer in time.", late);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, Func<HttpResponseMessage, Stream, Task<T>> read, CancellationToken cancellationToken)
    {
        await using var raw = new RemoteStream(await answer.Content.ReadAsStreamAsync(cancellationToken), storage.Value.StallTimeout);
        await using var body = DecodedStream.Over(raw, answer.Content.Headers.ContentEncoding);
        return await read(answer, body);
    }

    private TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > clock.GetUtcNow() => date - clock.GetUtcNow(),
        _ => null,
    };

    private static bool IsTransient(HttpStatusCode status) =>
        (int)status >= 500 || status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425;

    /// <summary>Why a connection failed, in words that tell nothing of this system's own network.</summary>
    private static string Describe(HttpRequestException failure) => failure.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "The host's name has no address.",
        HttpRequestError.SecureConnectionError => "No secure connection: the server's certificate is not trusted, or it speaks no TLS on this port.",
        HttpRequestError.ConnectionError => "The host does not take the connection.",
        HttpRequestError.ConfigurationLimitExceeded => "The answer's headers are larger than is read.",
        _ => "The server's answer broke off or is no HTTP.",
    };

    private static HttpClient CreateClient(OutgoingGuard guard, CollectingOptions options)
    {
        var client = guard.CreateClient();
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(ProductToken, "1.0"));
        if (options.Contact is { Length: > 0 } contact)
            client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue(string.Create(CultureInfo.InvariantCulture, $"(+{contact})")));
        return client;
    }
}

/// <summary>A transfer that broke off or was answered with a failure that may pass.</summary>
/// <param name="code">A stable word.</param>
internal sealed class TransferException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code => code;
}

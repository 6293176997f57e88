using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

namespace FineTuneAspire.ModelProvider;

/// <summary>HTTP to one provider: the key applied, one time limit per call, reads repeated and everything else sent once.</summary>
internal sealed class ProviderConnection(ProviderInfo provider, ProviderOptions options, IHttpClientFactory factory, TimeProvider clock)
{
    private const int ReadAttempts = 4;
    private const long LongestJson = 32 * 1024 * 1024;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(200);

    public ProviderInfo Provider => provider;
    public string? ApiKey => options.ApiKey;
    public TimeProvider Clock => clock;

    public HttpClient Http() => factory.CreateClient(ProviderHttp.ClientName(provider.Name));

    public HttpRequestMessage Request(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri($"{provider.BaseUrl.AbsoluteUri.TrimEnd('/')}/{path.TrimStart('/')}"));
        if (string.IsNullOrWhiteSpace(options.ApiKey))
            return request;
        if (provider.Kind == ProviderKinds.Azure)
            request.Headers.Add("api-key", options.ApiKey);
        else
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
        return request;
    }

    /// <summary>A GET of JSON. Lost connections, time-outs, 429 and 5xx are tried again, up to four times in all.</summary>
    /// <param name="notFound">What a 404 means; null lets it throw.</param>
    public async Task<T> ReadAsync<T>(string path, Func<JsonElement, T> parse, Func<T>? notFound, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await OnceAsync(() => Request(HttpMethod.Get, path), parse, options.Timeout, cancellationToken);
            }
            catch (ProviderException exception) when (exception.Kind == ProviderErrorKind.NotFound && notFound is not null)
            {
                return notFound();
            }
            catch (ProviderException exception) when (attempt < ReadAttempts && IsPassing(exception.Kind))
            {
                await Task.Delay(exception.Error.RetryAfter ?? BackOff(attempt), clock, cancellationToken);
            }
        }
    }

    /// <summary>Sends once and parses the answer.</summary>
    /// <param name="limit">Null: as long as it takes.</param>
    /// <exception cref="ProviderException"/>
    public async Task<T> OnceAsync<T>(Func<HttpRequestMessage> make, Func<JsonElement, T> parse, TimeSpan? limit, CancellationToken cancellationToken)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = limit is null ? null : clock.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), timed, limit.Value, Timeout.InfiniteTimeSpan);
        try
        {
            using var request = make();
            using var response = await Http().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timed.Token);
            if (!response.IsSuccessStatusCode)
                throw new ProviderException(await ProviderErrors.ReadAsync(provider, options.ApiKey, response, clock, timed.Token));

            await response.Content.LoadIntoBufferAsync(LongestJson, timed.Token);
            await using var body = await response.Content.ReadAsStreamAsync(timed.Token);
            using var json = await JsonDocument.ParseAsync(body, cancellationToken: timed.Token);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException("the body is no JSON object");
            return parse(json.RootElement);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException or InvalidDataException or InvalidOperationException ||
            exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new ProviderException(ProviderErrors.From(provider, exception), exception);
        }
    }

    private static bool IsPassing(ProviderErrorKind kind) =>
        kind is ProviderErrorKind.Unreachable or ProviderErrorKind.NoAnswer or ProviderErrorKind.RateLimited or ProviderErrorKind.ServerError;

    // 0.2, 0.4, 0.8 s, each times 0.75 to 1.25, so that many readers do not come back together.
    private static TimeSpan BackOff(int attempt) => FirstDelay * Math.Pow(2, attempt - 1) * (RandomNumberGenerator.GetInt32(75, 126) / 100.0);
}

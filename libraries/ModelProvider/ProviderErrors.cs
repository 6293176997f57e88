using System.Globalization;
using System.Net;
using System.Text.Json;

namespace FineTuneAspire.ModelProvider;

/// <summary>Turns failed calls into <see cref="ProviderError"/>.</summary>
public static class ProviderErrors
{
    /// <summary>A provider was seen to ask for 114 hours; nobody waits longer than this on its word alone.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private const int LongestBody = 64 * 1024;
    private const int LongestMessage = 1000;

    /// <summary>Reads at most 64 KiB of the body: an error page may have any size.</summary>
    internal static async Task<ProviderError> ReadAsync(ProviderInfo provider, string? apiKey, HttpResponseMessage response, TimeProvider clock, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var body = await ReadStartAsync(response, cancellationToken);
        var (message, code, param) = Parse(body);
        var kind = KindOf(status);
        var text = kind switch
        {
            // OpenAI's 401 repeats part of the key, so its text stays here.
            ProviderErrorKind.Unauthorized => $"Provider '{provider.Name}' does not accept its API key. Set Providers:{provider.Name}:ApiKey and restart the service.",
            ProviderErrorKind.Forbidden when code == "training_not_available" =>
                $"Provider '{provider.Name}' creates no fine-tuning jobs for this account any more. Choose a base model of another provider.",
            ProviderErrorKind.Forbidden => $"Provider '{provider.Name}' does not let its API key do this{(code is null ? "" : $" ({code})")}. Check the key's rights, or Providers:{provider.Name}:ApiKey.",
            ProviderErrorKind.Refused when status is >= 300 and < 400 =>
                $"Provider '{provider.Name}' answered with a redirect ({status}), which is never followed because the key would travel with it. Set Providers:{provider.Name}:BaseUrl to the final address.",
            _ => message is null ? $"Provider '{provider.Name}' answered with status {status}." : Shortened(apiKey is { Length: > 0 } ? message.Replace(apiKey, "***", StringComparison.Ordinal) : message),
        };
        return new(kind, status, code is { Length: <= 128 } ? code : null, text, param is { Length: <= 128 } ? param : null, RetryAfter(response, clock));
    }

    /// <summary>For failures without an answer.</summary>
    internal static ProviderError From(ProviderInfo provider, Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError } http =>
            new(ProviderErrorKind.Unreachable, null, null, $"Provider '{provider.Name}' at {provider.BaseUrl.GetLeftPart(UriPartial.Authority)} cannot be reached ({http.HttpRequestError})."),
        OperationCanceledException or TimeoutException => new(ProviderErrorKind.NoAnswer, null, "timeout", $"Provider '{provider.Name}' did not answer in time."),
        JsonException or InvalidDataException => new(ProviderErrorKind.Malformed, null, null, $"Provider '{provider.Name}' sent an answer that is not of the protocol: {Shortened(exception.Message)}"),
        _ => new(ProviderErrorKind.NoAnswer, null, "connection_lost", $"The connection to provider '{provider.Name}' broke before its answer was complete."),
    };

    internal static TimeSpan? RetryAfter(HttpResponseMessage response, TimeProvider clock)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? (header?.Date is { } at ? at - clock.GetUtcNow() : null);
        if (wait is null && response.Headers.TryGetValues("retry-after-ms", out var values) &&
            double.TryParse(values.First(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is >= 0 and < 1e9)
            wait = TimeSpan.FromMilliseconds(milliseconds);
        return wait is null ? null : wait < TimeSpan.Zero ? TimeSpan.Zero : wait > LongestWait ? LongestWait : wait;
    }

    private static ProviderErrorKind KindOf(int status) => status switch
    {
        401 => ProviderErrorKind.Unauthorized,
        403 => ProviderErrorKind.Forbidden,
        404 => ProviderErrorKind.NotFound,
        429 => ProviderErrorKind.RateLimited,
        408 => ProviderErrorKind.NoAnswer,
        >= 300 and < 500 => ProviderErrorKind.Refused,
        _ => ProviderErrorKind.ServerError,
    };

    private static (string? Message, string? Code, string? Param) Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("error", out var error))
                return default;
            // Some compatible servers send `"error": "text"`.
            return error.ValueKind == JsonValueKind.String ? (error.GetString(), null, null) : (error.Text("message"), error.Text("code"), error.Text("param"));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // An HTML page or broken JSON: the status says all there is to know.
            return default;
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadStartAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestBody];
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return buffer.AsMemory(0, length);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The status line came; a body that breaks off takes nothing from it.
            return ReadOnlyMemory<byte>.Empty;
        }
    }

    private static string Shortened(string text) => text.Length <= LongestMessage ? text : string.Concat(text.AsSpan(0, LongestMessage), "…");
}

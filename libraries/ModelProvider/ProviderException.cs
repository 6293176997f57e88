namespace FineTuneAspire.ModelProvider;

/// <summary>A call to a provider that did not bring what was asked for. The message never holds a key and never an upstream 401 or 403 text.</summary>
public sealed class ProviderException(ProviderError error, Exception? inner = null) : Exception(error.Message, inner)
{
    public ProviderError Error { get; } = error;
    public ProviderErrorKind Kind => Error.Kind;
}

/// <param name="Status">The HTTP status, or null when no answer came.</param>
/// <param name="Code">OpenAI's `error.code`, or null.</param>
/// <param name="Param">OpenAI's `error.param`, or null.</param>
/// <param name="RetryAfter">How long the provider asks to wait, capped at <see cref="ProviderErrors.LongestWait"/>; null when it does not say.</param>
public sealed record ProviderError(ProviderErrorKind Kind, int? Status, string? Code, string Message, string? Param = null, TimeSpan? RetryAfter = null);

public enum ProviderErrorKind
{
    /// <summary>Nothing was sent: no such host, connection refused, TLS failed.</summary>
    Unreachable,
    /// <summary>Sent, but no whole answer came: time-out, reset, truncated.</summary>
    NoAnswer,
    /// <summary>429.</summary>
    RateLimited,
    /// <summary>401: our key is wrong.</summary>
    Unauthorized,
    /// <summary>403: our key may not do this.</summary>
    Forbidden,
    /// <summary>404.</summary>
    NotFound,
    /// <summary>Another 4xx, or a redirect: the request is not one this provider takes.</summary>
    Refused,
    /// <summary>5xx.</summary>
    ServerError,
    /// <summary>An answer that is not of the protocol.</summary>
    Malformed,
}

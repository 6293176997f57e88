using System.Text.Json;
using System.Text.RegularExpressions;
using FineTuneAspire.Inference.Models;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Inference.Chat;

/// <summary>What a client sees of a provider's error: the same status and words where they are about its request, and nothing about our account.</summary>
internal static partial class UpstreamRefusal
{
    private const int LongestBody = 64 * 1024;
    private const int LongestMessage = 2000;

    public static async Task<ApiError> ReadAsync(ModelRoute route, HttpResponseMessage response, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        var provider = route.Provider.Name;
        switch (status)
        {
            // OpenAI's 401 repeats part of the key. It is our key that is wrong, not the client's.
            case 401:
                return ApiError.Upstream(StatusCodes.Status502BadGateway, $"Provider '{provider}' does not accept its API key. Set Providers:{provider}:ApiKey and restart the service.", "provider_key_refused");
            case 403:
                return ApiError.Upstream(StatusCodes.Status502BadGateway, $"Provider '{provider}' does not let its API key use this model. Check the key's rights, or Providers:{provider}:ApiKey.", "provider_access_denied");
            case < 400:
                return ApiError.Upstream(StatusCodes.Status502BadGateway,
                    $"Provider '{provider}' answered with status {status}; redirects are never followed, because the key would travel along. Set Providers:{provider}:BaseUrl to the final address.", "upstream_malformed");
        }

        var told = Parse(await ReadStartAsync(response, cancellationToken));
        var message = told?.Message is { Length: > 0 } text ? Cleaned(text, route, request) : $"Provider '{provider}' answered with status {status}.";
        return new ApiError(status, new(message, told?.Type ?? (status >= 500 ? "server_error" : "invalid_request_error"), told?.Param, told?.Code));
    }

    private static string Cleaned(string message, ModelRoute route, HttpRequestMessage request)
    {
        var key = request.Headers.Authorization?.Parameter ?? (request.Headers.TryGetValues("api-key", out var keys) ? keys.First() : null);
        if (key is { Length: > 0 })
            message = message.Replace(key, "***", StringComparison.Ordinal);
        message = Account().Replace(message, "***").Replace(route.UpstreamModel, route.Model, StringComparison.Ordinal);
        return message.Length <= LongestMessage ? message : string.Concat(message.AsSpan(0, LongestMessage), "…");
    }

    private static ErrorDetail? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("error", out var error))
                return null;
            return error.ValueKind switch
            {
                JsonValueKind.Object => new(Text(error, "message") ?? "", Text(error, "type") ?? "invalid_request_error", Text(error, "param"), Text(error, "code")),
                // Some compatible servers send `"error": "text"`.
                JsonValueKind.String => new(error.GetString()!, "invalid_request_error", null, null),
                _ => null,
            };
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // An HTML page, or cut off: the status says what there is to say.
            return null;
        }
    }

    private static string? Text(JsonElement json, string name) =>
        !json.TryGetProperty(name, out var value) ? null : value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };

    private static async Task<ReadOnlyMemory<byte>> ReadStartAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestBody];
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            return buffer.AsMemory(0, await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken));
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            // The status came whole; a broken body takes nothing from it.
            return ReadOnlyMemory<byte>.Empty;
        }
    }

    /// <summary>OpenAI names the organisation and project of the account in rate-limit messages, and shows keys in part.</summary>
    [GeneratedRegex(@"\b(?:org|proj)-[A-Za-z0-9]{6,}|\bsk-[A-Za-z0-9_*-]{6,}")]
    private static partial Regex Account();
}

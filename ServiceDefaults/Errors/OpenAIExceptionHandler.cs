using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.ServiceDefaults.Errors;

/// <summary>Turns what escaped a handler into OpenAI's error object: the caller's mistakes into 4xx, a dead database into 503, ours into 500 without a detail.</summary>
internal sealed partial class OpenAIExceptionHandler(ILogger<OpenAIExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && httpContext.RequestAborted.IsCancellationRequested)
        {
            httpContext.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        var error = Translate(exception);
        if (error.StatusCode >= 500)
            LogFailed(exception, httpContext.Request.Method, httpContext.Request.Path);
        if (error.StatusCode == StatusCodes.Status503ServiceUnavailable)
            httpContext.Response.Headers.RetryAfter = "1";
        await error.ExecuteAsync(httpContext);
        return true;
    }

    internal static ApiError Translate(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => ApiError.BodyTooLarge,
        BadHttpRequestException { InnerException: JsonException json } => FromJson(json),
        BadHttpRequestException bad => new ApiError(bad.StatusCode, new(bad.Message, "invalid_request_error", null, null)),
        InvalidDataException { Message: var message } when message.Contains("length limit", StringComparison.Ordinal) => ApiError.BodyTooLarge,
        JsonException json => FromJson(json),
        _ when IsDatabaseUnavailable(exception) => ApiError.Upstream(StatusCodes.Status503ServiceUnavailable, "The database is not reachable at the moment. Try again shortly.", "service_unavailable"),
        _ => ApiError.Upstream(StatusCodes.Status500InternalServerError, "The server had an error while processing the request.", "internal_error"),
    };

    private static ApiError FromJson(JsonException json)
    {
        var unknown = UnknownMember().Match(json.Message);
        if (unknown.Success)
            return ApiError.BadRequest($"Unrecognized request argument supplied: {unknown.Groups["name"].Value}", unknown.Groups["name"].Value, "unknown_parameter");

        // "$.method.type" names the place; the exception's own text says what is wrong with it, less the trailer that repeats the place.
        var path = json.Path is { Length: > 2 } where ? where[2..] : null;
        if (path is { Length: > 0 } && char.IsUpper(path[0]))
            path = JsonNamingPolicy.SnakeCaseLower.ConvertName(path);
        var what = WithoutTypeNames(Trailer().Replace(json.Message, ""));
        return ApiError.BadRequest(path is null ? $"The request body is not valid JSON: {what}" : $"Invalid value for '{path}': {what}", path, "invalid_json");
    }

    // Npgsql is not referenced here (ServiceDefaults serves processes without a database), so the driver's exception is known by name.
    private static bool IsDatabaseUnavailable(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is System.Data.Common.DbException { IsTransient: true } ||
                exception is System.Data.Common.DbException { SqlState: "57P01" or "57P02" or "57P03" or "53300" or "25006" } ||
                exception is System.Data.Common.DbException { InnerException: System.Net.Sockets.SocketException or IOException or TimeoutException })
                return true;
        }

        return false;
    }

    /// <summary>System.Text.Json's messages name our types, which say nothing to a caller.</summary>
    private static string WithoutTypeNames(string message) =>
        message.Contains("could not be converted to", StringComparison.Ordinal) ? "it is not of the type that belongs here."
        : message.Contains("doesn't allow", StringComparison.Ordinal) ? "it is required and may not be null."
        : message.Contains("Duplicate property", StringComparison.Ordinal) ? "it is given twice."
        : MissingMembers().Match(message) is { Success: true } missing ? $"required fields are missing: {missing.Groups["names"].Value}"
        : message;

    [GeneratedRegex(@"missing required properties including: (?<names>.*)$")]
    private static partial Regex MissingMembers();

    [GeneratedRegex(@"The JSON property '(?<name>[^']*)' could not be mapped")]
    private static partial Regex UnknownMember();

    [GeneratedRegex(@"\s*Path: .*$", RegexOptions.Singleline)]
    private static partial Regex Trailer();

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(Exception exception, string method, string path);
}

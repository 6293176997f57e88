using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.ServiceDefaults.Errors;

/// <summary>Gives an answer without a body (no such route, wrong method, no key) the same error object as every other refusal.</summary>
internal static class OpenAIStatusCodePages
{
    public static Task WriteAsync(StatusCodeContext context)
    {
        var http = context.HttpContext;
        if (!http.Request.Path.StartsWithSegments("/v1"))
            return Task.CompletedTask;
        var status = http.Response.StatusCode;
        if (status == StatusCodes.Status413PayloadTooLarge)
            return ApiError.BodyTooLarge.ExecuteAsync(http);
        var message = status switch
        {
            404 => $"Invalid URL ({http.Request.Method} {http.Request.Path})",
            405 => $"Method {http.Request.Method} is not allowed for {http.Request.Path}.",
            415 => "The request's Content-Type is not one this route reads.",
            _ => $"The request was refused with status {status}.",
        };
        return new ApiError(status, new(message, status >= 500 ? "server_error" : "invalid_request_error", null, status == 404 ? "unknown_url" : null)).ExecuteAsync(http);
    }
}

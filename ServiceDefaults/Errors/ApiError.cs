using System.Reflection;
using System.Text.Json.Serialization;
using FineTuneAspire.ServiceDefaults.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace FineTuneAspire.ServiceDefaults.Errors;

/// <summary>OpenAI's error body: `{"error":{"message","type","param","code"}}`, all four keys always present.</summary>
public sealed record ErrorBody(ErrorDetail Error);

/// <param name="Message">What is wrong and how to mend it, for a person.</param>
/// <param name="Type">OpenAI's class of error, for example `invalid_request_error`.</param>
/// <param name="Param">The request field at fault, or null.</param>
/// <param name="Code">A stable word for programs, or null.</param>
public sealed record ErrorDetail(string Message, string Type, string? Param, string? Code);

/// <summary>A refused request as a result: an expected outcome that a handler returns.</summary>
public sealed class ApiError(int statusCode, ErrorDetail detail) : IResult, IStatusCodeHttpResult, IValueHttpResult<ErrorBody>, IEndpointMetadataProvider
{
    public int? StatusCode => statusCode;
    public ErrorBody Value { get; } = new(detail);
    ErrorBody IValueHttpResult<ErrorBody>.Value => Value;

    /// <summary>400: the body or a parameter is wrong.</summary>
    public static ApiError BadRequest(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status400BadRequest, new(message, "invalid_request_error", param, code));

    /// <summary>401.</summary>
    public static ApiError Unauthorized(string message, string? code = "invalid_api_key") =>
        new(StatusCodes.Status401Unauthorized, new(message, "invalid_request_error", null, code));

    /// <summary>403: the key is right but may not do this.</summary>
    public static ApiError Forbidden(string message, string? code = null) =>
        new(StatusCodes.Status403Forbidden, new(message, "invalid_request_error", null, code));

    /// <summary>404; also the answer for another project's object, which must look as if it did not exist.</summary>
    public static ApiError NotFound(string message, string? param = "id", string? code = null) =>
        new(StatusCodes.Status404NotFound, new(message, "invalid_request_error", param, code));

    /// <summary>409: the object's state forbids it.</summary>
    public static ApiError Conflict(string message, string? param = null, string? code = null) =>
        new(StatusCodes.Status409Conflict, new(message, "invalid_request_error", param, code));

    /// <summary>413.</summary>
    public static ApiError TooLarge(string message, string? param = "file") =>
        new(StatusCodes.Status413PayloadTooLarge, new(message, "invalid_request_error", param, "request_too_large"));

    /// <summary>413 for a body that a route's limit refused before it was read.</summary>
    public static ApiError BodyTooLarge => TooLarge("The request body is larger than this route accepts.", param: null);

    /// <summary>502/503 and other failures that are not the caller's.</summary>
    public static ApiError Upstream(int statusCode, string message, string? code = null) =>
        new(statusCode, new(message, "server_error", null, code));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = statusCode;
        return httpContext.Response.WriteAsJsonAsync(Value, WireJson.Options, httpContext.RequestAborted);
    }

    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status400BadRequest, typeof(ErrorBody), ["application/json"]));
}

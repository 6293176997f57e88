using Microsoft.AspNetCore.Http;

namespace FineTuneAspire.ServiceDefaults.Errors;

/// <summary>Headers of every API answer (promise 2.2): never sniffed, framed or cached.</summary>
internal static class SecurityHeaders
{
    public static Task AddAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments("/v1"))
        {
            // When the answer starts, since the exception handler clears the headers set before it.
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.CacheControl = "no-store";
                headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
                return Task.CompletedTask;
            });
        }

        return next(context);
    }
}

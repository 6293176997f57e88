using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Internal;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace FineTuneAspire.Studio.Routing;

/// <summary>The one door of the system: forwards `/v1` to the service that owns the path, streaming both ways. It decides nothing else.</summary>
public static class FrontDoor
{
    /// <summary>What ServiceDefaults sets on every `/v1` answer; the service behind has set it already and YARP would join the two.</summary>
    private static readonly string[] SetTwice = ["X-Content-Type-Options", "Cache-Control", "Content-Security-Policy"];

    public static void AddFrontDoor(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<FrontDoorOptions>().BindConfiguration(FrontDoorOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        var timeout = builder.Configuration.GetSection(FrontDoorOptions.Section).Get<FrontDoorOptions>()?.ActivityTimeoutSeconds ?? new FrontDoorOptions().ActivityTimeoutSeconds;

        // The services know their limits; a limit here as well would cut an upload before its owner could refuse it properly.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.Services.AddReverseProxy()
            .LoadFromMemory(FrontDoorRoutes.Routes(), FrontDoorRoutes.Clusters(builder.Configuration, TimeSpan.FromSeconds(timeout)))
            .AddTransforms(AddTransforms);
    }

    public static void MapFrontDoor(this WebApplication app) =>
        app.MapReverseProxy(pipeline =>
        {
            pipeline.Use(EndWellAsync);
            pipeline.UseLoadBalancing();
        }).AllowAnonymous(); // The service behind checks the key; it also knows the project.

    private static void AddTransforms(TransformBuilderContext context)
    {
        context.AddRequestTransform(request =>
        {
            // Only our own services may speak for a project. An outsider with the internal key is refused behind, because the header is gone.
            request.ProxyRequest.Headers.Remove(InternalCalls.ProjectHeader);

            // Asking first lets the service refuse an upload by its headers (no key, too large) before a byte of it is sent.
            if (request.ProxyRequest.Content is not null && IsUpload(request.HttpContext.Request))
                request.ProxyRequest.Headers.ExpectContinue = true;
            return default;
        });
        context.AddResponseTransform(response =>
        {
            foreach (var name in SetTwice)
            {
                if (response.ProxyResponse is { } answer && answer.Headers.TryGetValues(name, out var values))
                    response.HttpContext.Response.Headers[name] = values.ToArray();
            }

            response.HttpContext.Response.Headers.Remove("Server");
            return default;
        });
    }

    private static bool IsUpload(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && (request.Path.StartsWithSegments("/v1/files") || request.Path.StartsWithSegments("/v1/uploads"));

    private static async Task EndWellAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.GetForwarderErrorFeature() is { } failure)
            await ExplainAsync(context, failure);
        if (context.Response.StatusCode >= 400)
            await DrainAsync(context);
    }

    private static Task ExplainAsync(HttpContext context, IForwarderErrorFeature failure)
    {
        // A client that went away gets no answer; an answer that has begun can only be cut, which YARP has done.
        if (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted)
            return Task.CompletedTask;
        var service = context.GetReverseProxyFeature().Cluster.Config.ClusterId;
        var (status, message, code) = failure.Error switch
        {
            ForwarderError.NoAvailableDestinations or ForwarderError.Request =>
                (StatusCodes.Status503ServiceUnavailable, $"The {service} service is not reachable at the moment. Try again shortly.", "service_unavailable"),
            ForwarderError.RequestTimedOut or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled =>
                (StatusCodes.Status504GatewayTimeout, $"The {service} service did not answer in time.", "gateway_timeout"),
            _ => (StatusCodes.Status502BadGateway, $"The connection to the {service} service broke before it answered.", "bad_gateway"),
        };
        context.Response.Clear();
        if (status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "1";
        return ApiError.Upstream(status, message, code).ExecuteAsync(context);
    }

    /// <summary>
    /// A refusal may come while the client still sends. Most HTTP/1.1 clients read only after their last byte, and a connection closed
    /// before that shows them a reset instead of the answer: so the answer goes out, and then the rest of the body is read and dropped.
    /// </summary>
    private static async Task DrainAsync(HttpContext context)
    {
        var options = context.RequestServices.GetRequiredService<IOptions<FrontDoorOptions>>().Value;
        await context.Response.CompleteAsync();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(TimeSpan.FromSeconds(options.DrainSeconds));
        try
        {
            for (var left = options.DrainBytes; left > 0;)
            {
                var read = await context.Request.BodyReader.ReadAsync(limit.Token);
                left -= read.Buffer.Length;
                context.Request.BodyReader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                    return;
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or BadHttpRequestException)
        {
            // The client has read the answer and left, or sends too slowly to be waited for; either way the call is over.
        }
    }
}

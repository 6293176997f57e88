using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Internal;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.ServiceDefaults.OpenApi;
using FineTuneAspire.ServiceDefaults.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace FineTuneAspire.ServiceDefaults;

/// <summary>What every service process does, and nothing else: telemetry, health, discovery, keys, the wire's JSON and errors.</summary>
public static class ServiceDefaultsExtensions
{
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddTelemetry();
        builder.AddApiKeys();
        builder.AddInternalCalls();
        builder.AddRedisDefaults();

        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());

        builder.Services.ConfigureHttpJsonOptions(json => WireJson.Configure(json.SerializerOptions));
        builder.Services.AddExceptionHandler<OpenAIExceptionHandler>();
        builder.Services.AddSingleton<XmlDocumentation>();
        builder.Services.AddOpenApi(openApi => openApi.AddOperationTransformer<DescribeApi>().AddSchemaTransformer<DescribeApi>());
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Ample for a JSON body; the routes that take files raise it themselves.
            kestrel.Limits.MaxRequestBodySize = 4 * 1024 * 1024;
        });
        return builder;
    }

    /// <summary>The middleware every service runs, in order; call it before mapping routes.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(OpenAIStatusCodePages.WriteAsync);
        app.UseMiddleware<StorableTextMiddleware>();
        app.Use(SecurityHeaders.AddAsync);
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        return app;
    }

    /// <summary>`/health` (ready), `/alive` (up) and the OpenAPI document at `/openapi/v1.json`; none of them wants a key.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealthChecks("/health").DisableHttpMetrics().AllowAnonymous();
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") }).DisableHttpMetrics().AllowAnonymous();
        app.MapOpenApi().AllowAnonymous();
        return app;
    }

    /// <summary>The `/v1` group: every route in it wants an API key.</summary>
    public static RouteGroupBuilder MapV1(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("/v1").RequireAuthorization();
}

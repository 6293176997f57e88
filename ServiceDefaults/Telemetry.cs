using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace FineTuneAspire.ServiceDefaults;

internal static class Telemetry
{
    /// <summary>Our own sources and meters are all named `FineTuneAspire.&lt;Service&gt;`.</summary>
    private const string Ours = "FineTuneAspire.*";

    /// <summary>
    /// Only the MassTransit source is added for the bus: RabbitMQ.Client's own sources double every hop and defeat MassTransit's links.
    /// Everything is exported over OTLP when OTEL_EXPORTER_OTLP_ENDPOINT is set, and costs nothing when it is not.
    /// </summary>
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing
                .SetSampler(new StorySampler(builder.Configuration))
                .AddSource(Ours, "MassTransit")
                .AddNpgsql()
                .AddAspNetCoreInstrumentation(http => http.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics
                .AddMeter(Ours, "MassTransit", "Npgsql")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation());

        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            telemetry.UseOtlpExporter();
    }

    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments("/alive");
}

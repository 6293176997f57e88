using FineTuneAspire.AppHost.WithoutAspire.Traces;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace FineTuneAspire.AppHost.WithoutAspire.Page;

/// <summary>
/// OTLP over HTTP with protobuf bodies, gzip or not. Traces are kept and shown at `/api/traces` and `/api/traces/ID?linked=true`; metrics and log
/// records are taken and only counted: the logs to look at are the processes' own lines.
/// </summary>
internal static class OtlpApi
{
    private const string Protobuf = "application/x-protobuf";

    public static void MapOtlp(this IEndpointRouteBuilder app, TraceStore traces)
    {
        long metricRequests = 0, logRequests = 0;
        app.MapPost("/v1/traces", (HttpRequest request) => ReceiveAsync(request, body => traces.Add(OtlpTraces.Decode(body))));
        app.MapPost("/v1/metrics", (HttpRequest request) => ReceiveAsync(request, _ => Interlocked.Increment(ref metricRequests)));
        app.MapPost("/v1/logs", (HttpRequest request) => ReceiveAsync(request, _ => Interlocked.Increment(ref logRequests)));

        app.MapGet("/api/traces", (int limit = 100, string? q = null) => TypedResults.Ok(new
        {
            traces = traces.List(Math.Clamp(limit, 1, 1_000), q),
            metric_requests = Interlocked.Read(ref metricRequests),
            log_requests = Interlocked.Read(ref logRequests),
        }));
        app.MapGet("/api/traces/{id}", Results<Ok<TraceTree>, NotFound<Problem>> (string id, bool linked = false) => traces.Find(id, linked) is { } tree
            ? TypedResults.Ok(tree)
            : TypedResults.NotFound(new Problem($"No span of trace '{id}' is here: none has arrived, or it is too long ago.")));
    }

    private static async Task<IResult> ReceiveAsync(HttpRequest request, Action<ReadOnlySpan<byte>> take)
    {
        if (request.ContentType?.Split(';')[0].Trim() != Protobuf)
            return Results.Text($"Send {Protobuf}.", statusCode: StatusCodes.Status415UnsupportedMediaType);
        using var body = new MemoryStream();
        try
        {
            await request.Body.CopyToAsync(body, request.HttpContext.RequestAborted);
            take(body.GetBuffer().AsSpan(0, (int)body.Length));
        }
        catch (InvalidDataException exception)
        {
            // Not protobuf, or not gzip; both are for the sender not to send again.
            return Results.Text(exception.Message, statusCode: StatusCodes.Status400BadRequest);
        }

        // An empty message is the whole answer of a receiver that took everything.
        return Results.Bytes([], Protobuf);
    }
}

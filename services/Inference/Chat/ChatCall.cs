using System.Diagnostics;
using FineTuneAspire.Inference.Models;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Inference.Chat;

/// <summary>One call on its way through: sends it, copies the answer, and keeps the account (span, durations, tokens) whatever happens.</summary>
internal sealed class ChatCall : IDisposable
{
    /// <summary>Of the provider's headers only these are the client's business; the rest names accounts, cookies and machines.</summary>
    private static readonly string[] Relayed = ["Retry-After", "retry-after-ms"];
    private const string RelayedPrefix = "x-ratelimit-";

    private readonly HttpContext _context;
    private readonly ModelRoute _route;
    private readonly ChatOptions _options;
    private readonly TimeProvider _clock;
    private readonly ChatAnswerFacts _facts = new();
    private readonly Activity? _span;
    private readonly long _start;

    /// <summary>Cancelled when the client goes away, or when one step takes longer than it may.</summary>
    private readonly CancellationTokenSource _cut;
    private readonly ITimer _timer;
    private TimeSpan? _firstChunk;
    private string? _error;
    private bool _writing;
    private bool _clientIsSlow;

    public ChatCall(HttpContext context, ModelRoute route, ChatRequestFacts facts, ChatOptions options, TimeProvider clock)
    {
        (_context, _route, _options, _clock) = (context, route, options, clock);
        _start = clock.GetTimestamp();
        _span = InferenceTelemetry.StartChat(route, facts);
        _cut = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        _timer = clock.CreateTimer(static cut => ((CancellationTokenSource)cut!).Cancel(), _cut, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private bool ClientIsGone => _clientIsSlow || _context.RequestAborted.IsCancellationRequested;

    public async Task<IResult> RunAsync(HttpClient http, HttpRequestMessage request)
    {
        try
        {
            Allow(_options.FirstByteTimeout);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _cut.Token);
            RelayHeaders(response);
            if (!response.IsSuccessStatusCode)
                return Fail(await UpstreamRefusal.ReadAsync(_route, response, request, _cut.Token), ((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (response.Content.Headers.ContentEncoding.Any(encoding => encoding != "identity"))
                return Fail(BadAnswer("compressed, although nobody asked for that"), "malformed");
            return response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? await StreamAsync(response) : await AnswerAsync(response);
        }
        catch (OperationCanceledException) when (ClientIsGone)
        {
            _error = InferenceTelemetry.ClientDisconnect;
            return Results.Empty;
        }
        catch (OperationCanceledException)
        {
            return Fail(ApiError.Upstream(StatusCodes.Status504GatewayTimeout, $"Provider '{_route.Provider.Name}' did not answer in time.", "upstream_timeout"), "timeout");
        }
        catch (HttpRequestException failure) when (failure.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return Fail(ApiError.Upstream(StatusCodes.Status503ServiceUnavailable, $"Provider '{_route.Provider.Name}' cannot be reached at the moment.", "provider_unavailable"), failure.HttpRequestError.ToString());
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return Fail(ApiError.Upstream(StatusCodes.Status502BadGateway, $"The connection to provider '{_route.Provider.Name}' broke before its answer was complete.", "upstream_connection_lost"), "connection_lost");
        }
    }

    public void Dispose()
    {
        InferenceTelemetry.FinishChat(_span, _route, _facts, _clock.GetElapsedTime(_start), _firstChunk, _error);
        _timer.Dispose();
        _cut.Dispose();
        _span?.Dispose();
    }

    /// <summary>
    /// An answer in one piece is read whole before any of it goes out: a client can do nothing with half of it, and so an answer that
    /// breaks off becomes a 502 and not a damaged 200.
    /// </summary>
    private async Task<IResult> AnswerAsync(HttpResponseMessage response)
    {
        using var whole = new MemoryStream();
        await using (var body = await response.Content.ReadAsStreamAsync(_cut.Token))
        {
            var buffer = new byte[16 * 1024];
            for (int read; (read = await ReadAsync(body, buffer)) > 0;)
            {
                whole.Write(buffer, 0, read);
                if (whole.Length > _options.MaxAnswerBytes)
                    return Fail(BadAnswer($"longer than {_options.MaxAnswerBytes:N0} bytes"), "malformed");
            }
        }

        var json = whole.GetBuffer().AsMemory(0, (int)whole.Length);
        if (!_facts.TryRead(json.Span, out var model))
            return Fail(BadAnswer("not JSON"), "malformed");
        ReadOnlyMemory<byte> answer = model.IsEmpty ? json : ChatRequestBody.Splice(json.Span, model, _route.Model);
        _context.Response.StatusCode = (int)response.StatusCode;
        _context.Response.ContentType = "application/json";
        _context.Response.ContentLength = answer.Length;
        await WriteAsync(() => _context.Response.BodyWriter.WriteAsync(answer, _cut.Token));
        return Results.Empty;
    }

    private async Task<IResult> StreamAsync(HttpResponseMessage response)
    {
        var output = _context.Response.BodyWriter;
        var events = new EventStreamRewriter(_route.Model, _facts);
        _context.Response.StatusCode = (int)response.StatusCode;
        _context.Response.ContentType = "text/event-stream; charset=utf-8";
        _context.Response.Headers.CacheControl = "no-cache, no-store";
        _context.Response.Headers["X-Accel-Buffering"] = "no";
        await using var body = await response.Content.ReadAsStreamAsync(_cut.Token);
        await WriteAsync(() => output.FlushAsync(_cut.Token));
        var buffer = new byte[16 * 1024];
        string? broken = null;
        try
        {
            for (int read; (read = await ReadAsync(body, buffer)) > 0;)
            {
                _firstChunk ??= _clock.GetElapsedTime(_start);
                events.Write(buffer.AsSpan(0, read), output);
                await WriteAsync(() => output.FlushAsync(_cut.Token));
            }

            // Some servers leave out [DONE]; one that has said why it stopped has said all.
            if (!events.IsDone && (events.HasPending || _facts.FinishReasons.Count == 0))
                broken = "ended before it was complete";
        }
        catch (OperationCanceledException) when (!ClientIsGone)
        {
            broken = "paused for too long";
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException && !_writing)
        {
            broken = "broke off";
        }
        catch (InvalidDataException failure)
        {
            broken = failure.Message;
        }

        if (broken is null)
            return Results.Empty;
        _error = "stream_broken";
        var error = new ErrorBody(new($"The answer of provider '{_route.Provider.Name}' {broken}. What came before is not the whole answer.", "server_error", null, "upstream_stream_broken"));
        await _context.Response.WriteAsync(
            $"{(events.IsBetweenEvents ? "" : "\n")}data: {System.Text.Json.JsonSerializer.Serialize(error, ServiceDefaults.Json.WireJson.Options)}\n\n", _context.RequestAborted);
        return Results.Empty;
    }

    private async Task<int> ReadAsync(Stream body, byte[] buffer)
    {
        Allow(_options.IdleTimeout);
        return await body.ReadAsync(buffer, _cut.Token);
    }

    private async Task WriteAsync(Func<ValueTask<System.IO.Pipelines.FlushResult>> write)
    {
        Allow(_options.IdleTimeout);
        _writing = true;
        try
        {
            await write();
        }
        catch (OperationCanceledException) when (!ClientIsGone)
        {
            // Nobody reads at the other end: holding the provider's connection for it would help no one.
            _clientIsSlow = true;
            _context.Abort();
            throw;
        }

        _writing = false;
    }

    /// <summary>The next step may take this long.</summary>
    private void Allow(TimeSpan limit) => _timer.Change(limit, Timeout.InfiniteTimeSpan);

    private IResult Fail(ApiError error, string type)
    {
        _error = type;
        return error;
    }

    private ApiError BadAnswer(string what) =>
        ApiError.Upstream(StatusCodes.Status502BadGateway, $"Provider '{_route.Provider.Name}' sent an answer that is {what}.", "upstream_malformed");

    private void RelayHeaders(HttpResponseMessage response)
    {
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            if (Relayed.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith(RelayedPrefix, StringComparison.OrdinalIgnoreCase))
                _context.Response.Headers[name] = values.ToArray();
        }

        if (_span is not null && response.Headers.NonValidated.TryGetValues("x-request-id", out var ids))
            _span.SetTag("fta.upstream.request_id", ids.ToString());
    }
}

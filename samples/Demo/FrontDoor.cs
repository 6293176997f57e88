using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;

namespace FineTuneAspire.Demo;

/// <summary>The routes that no OpenAI SDK knows, over plain HTTP.</summary>
internal sealed class FrontDoor : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
    private readonly HttpClient http;
    private readonly Endpoints endpoints;

    public FrontDoor(Endpoints endpoints)
    {
        this.endpoints = endpoints;
        http = new HttpClient { BaseAddress = new Uri(endpoints.BaseUrl.ToString().TrimEnd('/') + "/"), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", endpoints.ApiKey);
    }

    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(path, cancellationToken);
        return await ReadAsync<T>(response, path, cancellationToken);
    }

    public async Task<T> PostAsync<T>(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync(path, body, Json, cancellationToken);
        return await ReadAsync<T>(response, path, cancellationToken);
    }

    /// <summary>The job's events as server-sent events, until the job has ended; a stream that breaks is taken up behind the last event seen.</summary>
    public async IAsyncEnumerable<FineTuningJobEvent> FollowEventsAsync(string jobId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? lastEventId = null;
        for (var ended = false; !ended;)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"fine_tuning/jobs/{jobId}/events?stream=true");
            if (lastEventId is not null)
                request.Headers.Add("Last-Event-ID", lastEventId);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
                await ReadAsync<FineTuningJobEvent>(response, "events", cancellationToken);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var parser = SseParser.Create(stream);
            await using var items = parser.EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                try
                {
                    if (!await items.MoveNextAsync())
                    {
                        ended = true;
                        break;
                    }
                }
                catch (IOException)
                {
                    break;
                }

                lastEventId = parser.LastEventId;
                if (items.Current.EventType is "message" && items.Current.Data is ['{', ..] data)
                    yield return JsonSerializer.Deserialize<FineTuningJobEvent>(data, Json)!;
            }
        }
    }

    /// <summary>The spans of the job's creation as the dashboard received them, with the traces that link to it.</summary>
    public async Task<DemoTrace> ReadTraceAsync(string traceId, CancellationToken cancellationToken)
    {
        if (!endpoints.Pages.TryGetValue("dashboard", out var dashboard))
            return new DemoTrace(traceId, [], 0);
        using var response = await http.GetAsync(new Uri(new Uri(dashboard), $"/api/traces/{traceId}?linked=true"), cancellationToken);
        if (!response.IsSuccessStatusCode)
            return new DemoTrace(traceId, [], 0);
        using var trace = await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        return new DemoTrace(
            traceId,
            [.. trace.RootElement.GetProperty("services").EnumerateArray().Select(service => service.GetString()!)],
            trace.RootElement.GetProperty("span_count").GetInt32());
    }

    public void Dispose() => http.Dispose();

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, string path, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return (await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken))!;
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        throw new DemoException($"{response.RequestMessage?.Method} {path} answered {(int)response.StatusCode}: {body}");
    }
}

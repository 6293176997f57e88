using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using FineTuneAspire.Contracts.Training.Api;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Training.Tests;

[Collection(TrainingCollection.Name)]
public class StreamTests
{
    private readonly TrainingSystem _system;

    public StreamTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    [Fact]
    public async Task A_stream_gives_every_event_once_in_order_and_ends_with_the_job()
    {
        var created = await _system.CreateAsync();
        var streamed = await ReadAsync(created.Id, null, int.MaxValue);
        Assert.Equal("succeeded", (await _system.JobAsync(created.Id)).Status);
        Assert.Equal(await AllIdsAsync(created.Id), streamed);
    }

    [Fact]
    public async Task A_stream_cut_anywhere_goes_on_behind_the_last_event_id()
    {
        var created = await _system.CreateAsync();
        var streamed = new List<string>();
        for (var part = 1; ; part++)
        {
            var some = await ReadAsync(created.Id, streamed.LastOrDefault(), part);
            streamed.AddRange(some);
            if (some.Count < part)
                break;
        }

        Assert.Equal(await AllIdsAsync(created.Id), streamed);
        Assert.Equal(HttpStatusCode.NoContent, (await OpenAsync(created.Id, streamed[^1])).StatusCode);
    }

    [Fact]
    public async Task An_event_id_of_another_job_is_refused_and_another_projects_job_is_not_found()
    {
        var first = await _system.CreateAsync();
        var second = await _system.CreateAsync();
        await _system.UntilEndedAsync(second.Id);
        var foreign = (await AllIdsAsync(second.Id))[0];

        Assert.Equal(HttpStatusCode.BadRequest, (await OpenAsync(first.Id, foreign)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _system.OtherClient.GetAsync($"/v1/fine_tuning/jobs/{first.Id}/events?stream=true")).StatusCode);
    }

    private async Task<List<string>> AllIdsAsync(string id) =>
        [.. (await _system.GetAsync<FineTuningJobEventList>($"/{id}/events?limit=1000")).Data.Select(item => item.Id).Reverse()];

    private async Task<HttpResponseMessage> OpenAsync(string id, string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/fine_tuning/jobs/{id}/events?stream=true");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        return await _system.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private async Task<List<string>> ReadAsync(string id, string? lastEventId, int most)
    {
        using var response = await OpenAsync(id, lastEventId);
        if (response.StatusCode == HttpStatusCode.NoContent)
            return [];
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        var ids = new List<string>();
        var parser = SseParser.Create(await response.Content.ReadAsStreamAsync());
        await foreach (var item in parser.EnumerateAsync())
        {
            Assert.Equal(JsonSerializer.Deserialize<FineTuningJobEvent>(item.Data, WireJson.Options)!.Id, item.EventId);
            ids.Add(item.EventId!);
            if (ids.Count == most)
                break;
        }

        return ids;
    }
}

using System.Net;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Catalog;

public class ProgressTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    /// <summary>Takes the service some seconds.</summary>
    private static readonly Lazy<byte[]> Large = new(() => ChatFiles.Lines(120_000));

    [Fact]
    public async Task A_version_under_work_tells_how_far_it_is_and_stops_when_cancelled()
    {
        await using var bus = await Listener.StartAsync(service.Bus);
        var id = await CreateAsync(Large.Value);
        var before = service.Objects().Length;
        var seen = new List<DatasetVersionObject>();
        await foreach (var version in EventsAsync(id))
        {
            seen.Add(version);
            if (version.Progress is not { Stage: "validating", DoneBytes: > 0, CancelRequested: false })
                continue;
            var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{id}/versions/1/cancel");
            Assert.True(status == HttpStatusCode.OK, body);
        }

        Assert.Equal(("validating", "cancelled"), (seen[0].Status, seen[^1].Status));
        Assert.Null(seen[^1].Progress);
        Assert.Contains(seen, version => version.Progress is { TotalBytes: var total } && total == Large.Value.Length);
        Assert.Equal(new DatasetVersionCancelled(id, 1, "first"), await bus.OneAsync<DatasetVersionCancelled>(message => message.DatasetId == id));
        // Nothing of the version.
        Assert.Equal(before, service.Objects().Length);
        Assert.Empty(service.Incoming());
        var (again, _) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{id}/versions/1/cancel");
        Assert.Equal(HttpStatusCode.OK, again);
    }

    [Fact]
    public async Task A_version_that_waits_is_cancelled_at_once()
    {
        var busy = await CreateAsync(Large.Value);
        var waiting = await CreateAsync(ChatFiles.Lines(12));
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{waiting}/versions/1/cancel");
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.Equal("cancelled", JsonSerializer.Deserialize<DatasetVersionObject>(body, WireJson.Options)!.Status);
        await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{busy}/versions/1/cancel");
        Assert.Equal("cancelled", (await service.EndedAsync(busy, 1)).Status);
        Assert.Equal("cancelled", (await service.EndedAsync(waiting, 1)).Status);
    }

    [Fact]
    public async Task A_version_that_has_ended_is_not_cancelled_and_its_stream_ends_after_one_event()
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(12));
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{version.DatasetId}/versions/1/cancel");
        Assert.Equal((HttpStatusCode.Conflict, true), (status, body.Contains("version_ended")));
        var only = Assert.Single(await EventsAsync(version.DatasetId).ToListAsync());
        Assert.Equal(version, only);
        (status, _) = await service.SendAsync(HttpMethod.Get, $"/v1/datasets/{version.DatasetId}/versions/1/events", client: service.Second);
        Assert.Equal(HttpStatusCode.NotFound, status);
        (status, _) = await service.SendAsync(HttpMethod.Post, $"/v1/datasets/{version.DatasetId}/versions/1/cancel", client: service.Second);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    private async IAsyncEnumerable<DatasetVersionObject> EventsAsync(string id)
    {
        using var answer = await service.First.GetAsync($"/v1/datasets/{id}/versions/1/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        await foreach (var item in SseParser.Create(await answer.Content.ReadAsStreamAsync()).EnumerateAsync())
        {
            Assert.Equal("dataset.version", item.EventType);
            yield return JsonSerializer.Deserialize<DatasetVersionObject>(item.Data, WireJson.Options)!;
        }
    }

    private async Task<string> CreateAsync(byte[] source)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/datasets", new CreateDatasetRequest { Name = "long", File = (await service.UploadAsync(source)).Id });
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonSerializer.Deserialize<DatasetObject>(body, WireJson.Options)!.Id;
    }
}

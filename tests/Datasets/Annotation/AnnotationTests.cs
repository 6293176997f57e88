using System.Net;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.Datasets.Tests.Annotation;

public class AnnotationTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    [Fact]
    public async Task Annotators_decide_disputes_are_settled_and_a_version_is_made_of_it()
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(20), new SplitRequest { Train = 0.8, Validation = 0.2, Test = 0 });
        var queue = await CreateAsync(new CreateAnnotationQueueRequest
        {
            Name = "review", DatasetId = version.DatasetId, Version = 1, Annotators = ["ann", "bob"], AnnotatorsPerRow = 2, Labels = ["good", "bad"],
        });
        Assert.Equal(new AnnotationCounts(20, 20, 0, 0, 0, 0, 0), queue.Counts);

        // Ann decides blind, then Bob: both accept all but the first three items.
        var edited = JsonSerializer.SerializeToElement(JsonDocument.Parse("""{"messages":[{"role":"user","content":"New?"},{"role":"assistant","content":"Edited."}]}""").RootElement);
        foreach (var annotator in new[] { "ann", "bob" })
        {
            while (await NextAsync(queue.Id, annotator) is { } item)
            {
                Assert.Empty(item.Decisions);
                await DecideAsync(queue.Id, item.Number, item.Number switch
                {
                    1 => new AnnotationDecisionRequest { Annotator = annotator, Verdict = "reject", Label = "bad" },
                    2 => new AnnotationDecisionRequest { Annotator = annotator, Verdict = "edit", Content = edited, Label = "bad" },
                    3 => new AnnotationDecisionRequest { Annotator = annotator, Verdict = annotator == "ann" ? "accept" : "reject", Label = "good", Comment = "hm" },
                    _ => new AnnotationDecisionRequest { Annotator = annotator, Verdict = "accept", Label = "good" },
                });
            }
        }

        queue = await service.GetAsync<AnnotationQueueObject>($"/v1/annotation_queues/{queue.Id}");
        Assert.Equal(new AnnotationCounts(20, 0, 19, 1, 0, 0, 0), queue.Counts);
        var pair = Assert.Single(queue.Agreement!.Verdicts.Pairs);
        // By hand: 19 of 20 alike; by chance (18 · 17 + 1 · 2 + 1 · 1) / 400.
        var chance = ((18 * 17) + (1 * 2) + 1) / 400.0;
        Assert.Equal(("ann", "bob", 20, 0.95), (pair.First, pair.Second, pair.Rows, pair.Agreement));
        Assert.Equal((0.95 - chance) / (1 - chance), pair.Kappa!.Value, 12);
        Assert.Equal(1, Assert.Single(queue.Agreement.Labels!.Pairs).Kappa);

        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/annotation_queues/{queue.Id}/versions", new CreateAnnotatedVersionRequest());
        Assert.Equal((HttpStatusCode.Conflict, true), (status, body.Contains("annotation_unresolved")));
        var disputed = Assert.Single((await service.GetAsync<AnnotationItemList>($"/v1/annotation_queues/{queue.Id}/items?status=disputed")).Data);
        Assert.Equal((3, 2), (disputed.Number, disputed.Decisions.Count));
        var settled = await DecideAsync(queue.Id, 3, new AnnotationDecisionRequest { Verdict = "reject" }, "adjudication");
        Assert.Equal(("adjudicated", 3, true, "first"), (settled.Status, settled.Decisions.Count, settled.Decisions[^1].Adjudication, settled.Decisions[^1].Author));

        (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/annotation_queues/{queue.Id}/versions", new CreateAnnotatedVersionRequest { Note = "reviewed" });
        Assert.True(status == HttpStatusCode.OK, body);
        var child = await service.EndedAsync(version.DatasetId, 2);
        Assert.Equal(("validated", 1, queue.Id, 18, "reviewed"), (child.Status, child.Parent, child.AnnotationQueue, child.Examples, child.Note));
        var diff = await service.GetAsync<DatasetDiff>($"/v1/datasets/{version.DatasetId}/versions/2/diff?limit=100");
        Assert.Equal((1, 3, 0, 17), (diff.Added, diff.Removed, diff.Moved, diff.Unchanged));
        Assert.Equal(edited.GetRawText(), diff.Data.Single(change => change.Change == "added").Row.Content!.Value.GetRawText());
        // The edited row stays in its part.
        Assert.Equal((await service.GetAsync<AnnotationItemObject>($"/v1/annotation_queues/{queue.Id}/items/2")).Row.Part, diff.Data.Single(change => change.Change == "added").Row.Part);
    }

    [Fact]
    public async Task A_second_thought_counts_and_the_first_is_kept()
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(12));
        var queue = await CreateAsync(new CreateAnnotationQueueRequest { Name = "q", DatasetId = version.DatasetId, Version = 1, Annotators = ["first"], Sample = 5, Seed = 3, Part = "training" });
        Assert.Equal(5, queue.Counts.Total);
        // Nobody is named: the key is.
        Assert.Equal("agreed", (await DecideAsync(queue.Id, 1, new AnnotationDecisionRequest { Verdict = "accept" })).Status);
        var item = await DecideAsync(queue.Id, 1, new AnnotationDecisionRequest { Verdict = "reject", Comment = "no, wrong" });
        Assert.Equal(["accept", "reject"], item.Decisions.Select(decision => decision.Verdict));
        await service.SendAsync(HttpMethod.Post, $"/v1/annotation_queues/{queue.Id}/versions", new CreateAnnotatedVersionRequest { Unresolved = "keep" });
        Assert.Equal(11, (await service.EndedAsync(version.DatasetId, 2)).Examples);
    }

    [Fact]
    public async Task Labels_take_the_place_of_answers_where_the_queue_says_so()
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(10), new SplitRequest { Train = 1, Validation = 0, Test = 0 });
        var queue = await CreateAsync(new CreateAnnotationQueueRequest { Name = "q", DatasetId = version.DatasetId, Version = 1, Annotators = ["first"], Labels = ["refund", "other"], LabelsAreAnswers = true });
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/annotation_queues/{queue.Id}/items/1/decisions", new AnnotationDecisionRequest { Verdict = "accept" });
        Assert.Equal((HttpStatusCode.BadRequest, true), (status, body.Contains("\"param\":\"label\"")));
        foreach (var number in Enumerable.Range(1, 10))
            await DecideAsync(queue.Id, number, new AnnotationDecisionRequest { Verdict = "accept", Label = number == 1 ? "refund" : "other" });
        await service.SendAsync(HttpMethod.Post, $"/v1/annotation_queues/{queue.Id}/versions", new CreateAnnotatedVersionRequest());
        var child = await service.EndedAsync(version.DatasetId, 2);
        var rows = (await service.GetAsync<DatasetRowList>($"/v1/datasets/{version.DatasetId}/versions/{child.Version}/rows")).Data;
        Assert.Equal(["refund", .. Enumerable.Repeat("other", 9)], rows.Select(row => row.Content!.Value.GetProperty("messages")[1].GetProperty("content").GetString()));
        Assert.Equal(Enumerable.Range(1, 10).Select(number => $"Question {number}?"), rows.Select(row => row.Content!.Value.GetProperty("messages")[0].GetProperty("content").GetString()));
    }

    [Fact]
    public async Task A_model_proposes_through_the_inference_service_and_its_refusal_is_told()
    {
        var asked = new List<string>();
        await using var inference = await StartInferenceAsync(asked);
        await using var own = await DatasetsService.StartAsync(("services:inference:http:0", inference.Urls.First()));
        var version = await own.DatasetAsync(ChatFiles.Lines(12));
        async Task<AnnotationQueueObject> QueueAsync(string model)
        {
            var (status, body) = await own.SendAsync(HttpMethod.Post, "/v1/annotation_queues",
                new CreateAnnotationQueueRequest { Name = "q", DatasetId = version.DatasetId, Version = 1, Annotators = ["first"], Sample = 3, PrelabelModel = model });
            Assert.True(status == HttpStatusCode.OK, body);
            return JsonSerializer.Deserialize<AnnotationQueueObject>(body, WireJson.Options)!;
        }

        var queue = await QueueAsync("proposer");
        await Eventually.Equal(3, async () => (await own.GetAsync<AnnotationQueueObject>($"/v1/annotation_queues/{queue.Id}")).Counts.Prelabelled);
        var items = (await own.GetAsync<AnnotationItemList>($"/v1/annotation_queues/{queue.Id}/items")).Data;
        Assert.All(items, item => Assert.Equal($"Proposed for {item.Row.Content!.Value.GetProperty("messages")[0].GetProperty("content").GetString()}", item.Prelabel));
        Assert.All(asked, request => Assert.DoesNotContain("Answer", request));

        queue = await QueueAsync("nobody");
        await Eventually.Equal(3, async () => (await own.GetAsync<AnnotationQueueObject>($"/v1/annotation_queues/{queue.Id}")).Counts.PrelabelFailed, TimeSpan.FromSeconds(60));
        Assert.Contains("There is no model nobody.", (await own.GetAsync<AnnotationItemObject>($"/v1/annotation_queues/{queue.Id}/items/1")).PrelabelError);
    }

    [Theory]
    [InlineData("""{"annotators":[]}""", "annotators")]
    [InlineData("""{"annotators":["a","a"]}""", "annotators")]
    [InlineData("""{"annotators_per_row":3}""", "annotators_per_row")]
    [InlineData("""{"part":"all"}""", "part")]
    [InlineData("""{"part":"test","version":1,"sample":0}""", "sample")]
    [InlineData("""{"version":9}""", "dataset_id")]
    [InlineData("""{"labels":["x","x"]}""", "labels")]
    [InlineData("""{"labels_are_answers":true}""", "labels_are_answers")]
    [InlineData("""{"name":"a\u0000"}""", "name")]
    public async Task A_queue_that_cannot_be_is_refused_by_its_field(string change, string param)
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(12));
        var request = new Dictionary<string, object> { ["name"] = "q", ["dataset_id"] = version.DatasetId, ["version"] = 1, ["annotators"] = new[] { "ann", "bob" } };
        foreach (var property in JsonDocument.Parse(change).RootElement.EnumerateObject())
            request[property.Name] = property.Value;
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/annotation_queues", request);
        Assert.Equal((HttpStatusCode.BadRequest, param), (status, JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("param").GetString()));
    }

    [Theory]
    [InlineData("""{"verdict":"maybe"}""", "verdict")]
    [InlineData("""{"verdict":"edit"}""", "content")]
    [InlineData("""{"verdict":"accept","content":{}}""", "content")]
    [InlineData("""{"verdict":"edit","content":{"messages":[]}}""", "content")]
    [InlineData("""{"verdict":"edit","content":{"messages":[{"role":"user","content":"only a question"}]}}""", "content")]
    [InlineData("""{"verdict":"accept","label":"x"}""", "label")]
    [InlineData("""{"verdict":"accept","annotator":"carl"}""", "annotator")]
    [InlineData("""{"verdict":"accept","comment":"\u0000"}""", "comment")]
    public async Task A_decision_that_cannot_be_is_refused_by_its_field(string decision, string param)
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(12));
        var queue = await CreateAsync(new CreateAnnotationQueueRequest { Name = "q", DatasetId = version.DatasetId, Version = 1, Annotators = ["first"] });
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/annotation_queues/{queue.Id}/items/1/decisions", JsonDocument.Parse(decision).RootElement);
        Assert.Equal((HttpStatusCode.BadRequest, param), (status, JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("param").GetString()));
        Assert.Equal(12, (await service.GetAsync<AnnotationQueueObject>($"/v1/annotation_queues/{queue.Id}")).Counts.Open);
    }

    [Fact]
    public async Task Another_projects_queue_does_not_exist()
    {
        var version = await service.DatasetAsync(ChatFiles.Lines(12));
        var queue = await CreateAsync(new CreateAnnotationQueueRequest { Name = "q", DatasetId = version.DatasetId, Version = 1, Annotators = ["first"] });
        foreach (var (method, path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Get, "/next"), (HttpMethod.Get, "/items"), (HttpMethod.Get, "/items/1"), (HttpMethod.Post, "/items/1/decisions"), (HttpMethod.Post, "/items/1/adjudication"), (HttpMethod.Post, "/versions") })
        {
            object? body = method == HttpMethod.Get ? null : path == "/versions" ? new CreateAnnotatedVersionRequest() : new AnnotationDecisionRequest { Verdict = "accept" };
            Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(method, $"/v1/annotation_queues/{queue.Id}{path}", body, service.Second)).Status);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await service.SendAsync(HttpMethod.Get, $"/v1/annotation_queues/{queue.Id}/items/99")).Status);
        Assert.DoesNotContain(queue.Id, (await service.SendAsync(HttpMethod.Get, "/v1/annotation_queues", client: service.Second)).Body);
        Assert.Contains((await service.GetAsync<AnnotationQueueList>($"/v1/annotation_queues?dataset_id={version.DatasetId}")).Data, listed => listed.Id == queue.Id);
    }

    /// <summary>Stands where the inference service stands, and speaks as it does; that service itself is tried with the whole system.</summary>
    private static async Task<WebApplication> StartInferenceAsync(List<string> asked)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/v1/chat/completions", (JsonElement request) =>
        {
            var (model, question) = (request.GetProperty("model").GetString(), request.GetProperty("messages").GetRawText());
            lock (asked)
                asked.Add(question);
            return model == "proposer"
                ? Results.Json(new { choices = new[] { new { message = new { role = "assistant", content = $"Proposed for {request.GetProperty("messages")[0].GetProperty("content").GetString()}" } } } })
                : Results.Json(new { error = new { message = $"There is no model {model}.", type = "invalid_request_error" } }, statusCode: 404);
        });
        await app.StartAsync();
        return app;
    }

    private async Task<AnnotationQueueObject> CreateAsync(CreateAnnotationQueueRequest request)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/annotation_queues", request);
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonSerializer.Deserialize<AnnotationQueueObject>(body, WireJson.Options)!;
    }

    private async Task<AnnotationItemObject?> NextAsync(string queue, string annotator)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Get, $"/v1/annotation_queues/{queue}/next?annotator={annotator}");
        return status == HttpStatusCode.NoContent ? null : JsonSerializer.Deserialize<AnnotationItemObject>(body, WireJson.Options);
    }

    private async Task<AnnotationItemObject> DecideAsync(string queue, int number, AnnotationDecisionRequest request, string what = "decisions")
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, $"/v1/annotation_queues/{queue}/items/{number}/{what}", request);
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonSerializer.Deserialize<AnnotationItemObject>(body, WireJson.Options)!;
    }
}

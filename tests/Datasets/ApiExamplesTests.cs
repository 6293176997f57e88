using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Datasets.Tests;

/// <summary>
/// The examples of the OpenAPI document are what this story asked and was answered. Each run asks again and compares their form, so that they cannot
/// grow old; `WRITE_API_EXAMPLES=services/Datasets/ApiExamples.json` writes them anew.
/// </summary>
public sealed class ApiExamplesTests
{
    private static readonly JsonSerializerOptions Readable = new(WireJson.Options) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly SortedDictionary<string, JsonObject> told = new(StringComparer.Ordinal);

    [Fact]
    public async Task Every_route_has_an_example_of_the_form_that_it_takes_and_answers()
    {
        // A name that no server answers to; the written example has a friendlier one.
        await using var service = await DatasetsService.StartAsync(("Collecting:AllowedHosts:0", "data.example.invalid"));
        await TellAsync(service);
        if (Environment.GetEnvironmentVariable("WRITE_API_EXAMPLES") is { } path)
        {
            await File.WriteAllTextAsync(path, JsonSerializer.Serialize(told, Readable).Replace("example.invalid", "example.org", StringComparison.Ordinal) + "\n");
            return;
        }

        var document = JsonNode.Parse(await service.First.GetStringAsync("/openapi/v1.json"))!;
        var problems = new List<string>();
        foreach (var (route, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                var name = $"{method.ToUpperInvariant()} {route}";
                if (operation!["summary"] is null)
                    problems.Add($"{name} has no summary");
                foreach (var (what, content) in new[] { ("request", operation["requestBody"]?["content"]?["application/json"]), ("response", operation["responses"]!["200"]?["content"]?["application/json"]) })
                {
                    if (content is null)
                        continue;
                    if (!told.TryGetValue(name, out var story) || story[what] is not { } expected)
                        problems.Add($"{name}: the story does not tell its {what}");
                    else if (content["example"] is not { } example)
                        problems.Add($"{name}: its {what} has no example");
                    else if (Difference(expected, example, "$") is { } difference)
                        problems.Add($"{name}: its {what}'s example differs from what is so: {difference}");
                }
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private async Task TellAsync(DatasetsService service)
    {
        // Files, whole and in parts.
        var file = (await service.UploadAsync(ChatFiles.Lines(40), "questions.jsonl")).Id;
        Note("POST /v1/files", response: await AskAsync(service, HttpMethod.Get, $"/v1/files/{file}"));
        await TellAsync(service, "GET /v1/files/{file_id}", $"/v1/files/{file}");
        await TellAsync(service, "GET /v1/files", "/v1/files");
        var extra = (await service.UploadAsync(ChatFiles.Lines(12), "extra.jsonl")).Id;
        await TellAsync(service, "DELETE /v1/files/{file_id}", $"/v1/files/{extra}");
        var bytes = ChatFiles.Lines(40);
        var upload = await TellAsync(service, "POST /v1/uploads", "/v1/uploads", new { filename = "large.jsonl", purpose = "fine-tune", bytes = bytes.Length, mime_type = "application/jsonl" });
        using (var form = new MultipartFormDataContent { { new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } }, "data", "part" } })
        {
            using var answer = await service.First.PostAsync($"/v1/uploads/{upload["id"]}/parts", form);
            Note("POST /v1/uploads/{upload_id}/parts", response: JsonNode.Parse(await answer.Content.ReadAsStringAsync()));
        }

        var part = told["POST /v1/uploads/{upload_id}/parts"]["response"]!["id"]!.GetValue<string>();
        await TellAsync(service, "POST /v1/uploads/{upload_id}/complete", $"/v1/uploads/{upload["id"]}/complete", new { part_ids = new[] { part } });
        var given = await AskAsync(service, HttpMethod.Post, "/v1/uploads", new { filename = "large.jsonl", purpose = "fine-tune", bytes = bytes.Length, mime_type = "application/jsonl" });
        await TellAsync(service, "POST /v1/uploads/{upload_id}/cancel", $"/v1/uploads/{given["id"]}/cancel");
        var import = await TellAsync(service, "POST /v1/imports", "/v1/imports", new { source = new { type = "url", url = "https://data.example.invalid/questions.jsonl" } });
        await TellAsync(service, "GET /v1/imports", "/v1/imports");
        await TellAsync(service, "GET /v1/imports/{import_id}", $"/v1/imports/{import["id"]}");
        Note("POST /v1/imports/{import_id}/cancel", response: told["GET /v1/imports/{import_id}"]["response"]!.DeepClone());

        // A dataset, a recipe for it, and a version made with it.
        var dataset = (await TellAsync(service, "POST /v1/datasets", "/v1/datasets", new { name = "questions", file, split = new { train = 0.8, validation = 0.1, test = 0.1, seed = 1 } }))["id"]!.GetValue<string>();
        await service.EndedAsync(dataset, 1);
        var recipe = await TellAsync(service, "POST /v1/recipes", "/v1/recipes", new { name = "tidy", steps = new object[] { new { type = "unicode" }, new { type = "exact_duplicates" } } });
        await TellAsync(service, "POST /v1/recipes/{recipe_id}", $"/v1/recipes/{recipe["id"]}", new { steps = new object[] { new { type = "unicode" }, new { type = "pii" } } });
        await TellAsync(service, "GET /v1/recipes", "/v1/recipes");
        await TellAsync(service, "GET /v1/recipes/{recipe_id}", $"/v1/recipes/{recipe["id"]}");
        await TellAsync(service, "POST /v1/datasets/{dataset_id}/versions/{version}/recipe_previews", $"/v1/datasets/{dataset}/versions/1/recipe_previews", new { id = recipe["id"]!.GetValue<string>() });
        await TellAsync(service, "POST /v1/datasets/{dataset_id}/versions", $"/v1/datasets/{dataset}/versions", new { parent = 1, note = "more for testing", split = new { train = 0.7, validation = 0.1, test = 0.2, seed = 1 } });
        await service.EndedAsync(dataset, 2);
        await TellAsync(service, "GET /v1/datasets", "/v1/datasets");
        await TellAsync(service, "GET /v1/datasets/{dataset_id}", $"/v1/datasets/{dataset}");
        await TellAsync(service, "GET /v1/datasets/{dataset_id}/versions", $"/v1/datasets/{dataset}/versions");
        var version = $"/v1/datasets/{dataset}/versions/2";
        await TellAsync(service, "GET /v1/datasets/{dataset_id}/versions/{version}", version);
        await TellAsync(service, "GET /v1/datasets/{dataset_id}/versions/{version}/rows", $"{version}/rows?limit=2");
        await TellAsync(service, "GET /v1/datasets/{dataset_id}/versions/{version}/diff", $"{version}/diff?limit=1");
        await TellAsync(service, "GET /v1/datasets/{dataset_id}/versions/{version}/lineage", $"{version}/lineage");
        await TellAsync(service, "GET /v1/datasets/{dataset_id}/versions/{version}/report", $"{version}/report");
        await TellAsync(service, "GET /v1/datasets/{dataset_id}/versions/{version}/tokens", $"{version}/tokens?model=gpt-4.1-mini-2025-04-14");
        var cancelled = (await AskAsync(service, HttpMethod.Post, "/v1/datasets", new { name = "long", file }))["id"]!.GetValue<string>();
        await service.EndedAsync(cancelled, 1);
        Note("POST /v1/datasets/{dataset_id}/versions/{version}/cancel", response: told["GET /v1/datasets/{dataset_id}/versions/{version}"]["response"]!.DeepClone());

        // People look at it.
        var queue = await TellAsync(service, "POST /v1/annotation_queues", "/v1/annotation_queues",
            new { name = "second look", dataset_id = dataset, version = 2, sample = 2, annotators = new[] { "ann", "bob" }, annotators_per_row = 2, labels = new[] { "good", "bad" } });
        var queueUrl = $"/v1/annotation_queues/{queue["id"]}";
        await TellAsync(service, "GET /v1/annotation_queues/{queue_id}/next", $"{queueUrl}/next?annotator=ann");
        await TellAsync(service, "POST /v1/annotation_queues/{queue_id}/items/{number}/decisions", $"{queueUrl}/items/1/decisions", new { annotator = "ann", verdict = "accept", label = "good", comment = "Short and right." });
        foreach (var (number, annotator) in new[] { (1, "bob"), (2, "ann"), (2, "bob") })
            await AskAsync(service, HttpMethod.Post, $"{queueUrl}/items/{number}/decisions", new { annotator, verdict = number == 2 && annotator == "bob" ? "reject" : "accept", label = "good" });
        await TellAsync(service, "POST /v1/annotation_queues/{queue_id}/items/{number}/adjudication", $"{queueUrl}/items/2/adjudication", new { verdict = "accept", label = "good" });
        await TellAsync(service, "GET /v1/annotation_queues/{queue_id}/items", $"{queueUrl}/items?limit=1");
        await TellAsync(service, "GET /v1/annotation_queues/{queue_id}/items/{number}", $"{queueUrl}/items/1");
        await TellAsync(service, "GET /v1/annotation_queues/{queue_id}", queueUrl);
        await TellAsync(service, "GET /v1/annotation_queues", "/v1/annotation_queues");
        await TellAsync(service, "POST /v1/annotation_queues/{queue_id}/versions", $"{queueUrl}/versions", new { note = "after a second look" });
    }

    private async Task<JsonNode> TellAsync(DatasetsService service, string route, string url, object? request = null)
    {
        var answer = await AskAsync(service, HttpMethod.Parse(route.Split(' ')[0]), url, request);
        Note(route, request is null ? null : JsonSerializer.SerializeToNode(request), answer);
        return answer;
    }

    private void Note(string route, JsonNode? request = null, JsonNode? response = null)
    {
        var example = told[route] = [];
        if (request is not null)
            example["request"] = request.DeepClone();
        example["response"] = response!.DeepClone();
    }

    private static async Task<JsonNode> AskAsync(DatasetsService service, HttpMethod method, string url, object? request = null)
    {
        using var message = new HttpRequestMessage(method, url) { Content = request is null ? null : JsonContent.Create(request) };
        using var answer = await service.First.SendAsync(message);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {url}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Where the two have not the same form, or null: the same fields, and the same kinds of values where neither is null.</summary>
    private static string? Difference(JsonNode? one, JsonNode? other, string path)
    {
        if (one is null || other is null)
            return null;
        if (one.GetValueKind() is var kind && kind != other.GetValueKind() && !(IsTruth(one) && IsTruth(other)))
            return $"{path} is {kind}, not {other.GetValueKind()}";
        return (one, other) switch
        {
            (JsonObject a, JsonObject b) => a.Select(field => field.Key).Order().SequenceEqual(b.Select(field => field.Key).Order())
                ? a.Select(field => Difference(field.Value, b[field.Key], $"{path}.{field.Key}")).FirstOrDefault(difference => difference is not null)
                : $"{path} has {string.Join(", ", a.Select(field => field.Key))}, not {string.Join(", ", b.Select(field => field.Key))}",
            (JsonArray { Count: > 0 } a, JsonArray { Count: > 0 } b) => Difference(a[0], b[0], $"{path}[0]"),
            _ => null,
        };
    }

    private static bool IsTruth(JsonNode node) => node.GetValueKind() is JsonValueKind.True or JsonValueKind.False;
}

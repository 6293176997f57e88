using System.Text.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>One story from the client's POST to the provider's training run, as an OTLP receiver sees it: one trace, or traces tied by links.</summary>
public sealed class TraceTests(RunningSystem system)
{
    [Fact]
    public async Task A_job_is_one_story_from_the_clients_post_to_the_providers_training()
    {
        var file = await system.UploadAsync(TrainingData.Valid(), "traced.jsonl");
        var traceId = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray());
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(system.FrontDoor, "/v1/fine_tuning/jobs"))
        {
            Content = new StringContent(JsonSerializer.Serialize(new { model = "base-1m", training_file = file, hyperparameters = new { n_epochs = 1 } }), System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", system.FirstKey);
        request.Headers.Add("traceparent", $"00-{traceId}-00f067aa0ba902b7-01");
        using var response = await system.Http.SendAsync(request);
        var jobId = (await RunningSystem.JsonAsync(response)).GetProperty("id").GetString()!;
        await system.WaitForJobAsync(jobId);

        // Spans are exported in batches, so the last ones arrive a moment after the job has ended.
        var expected = new (string What, Func<JsonElement, bool> Is)[]
        {
            ("the front door took the POST", span => Service(span) == "studio" && Kind(span) == "server"),
            ("Training took it", span => Service(span) == "training" && Kind(span) == "server" && Name(span).Contains("fine_tuning/jobs", StringComparison.Ordinal)),
            ("Training wrote its database", span => Service(span) == "training" && Scope(span) == "Npgsql"),
            ("the outbox published the command", span => Service(span) == "training" && Scope(span) == "MassTransit" && Kind(span) == "producer"),
            ("Datasets consumed it", span => Service(span) == "datasets" && Scope(span) == "MassTransit" && Kind(span) == "consumer"),
            ("Datasets answered over the bus", span => Service(span) == "datasets" && Scope(span) == "MassTransit" && Kind(span) == "producer"),
            ("Training consumed the answer", span => Service(span) == "training" && Scope(span) == "MassTransit" && Kind(span) == "consumer"),
            ("Training called the provider", span => Service(span) == "training" && Name(span).StartsWith("create_fine_tuning_job", StringComparison.Ordinal) && Kind(span) == "client"),
            ("the provider took the call", span => Service(span) == "local-provider" && Kind(span) == "server"),
            ("the provider trained", span => Service(span) == "local-provider" && Kind(span) == "internal"),
            ("Inference registered the model", span => Service(span) == "inference" && Scope(span) == "MassTransit" && Kind(span) == "consumer"),
        };
        string[] missing = [];
        await Eventually.True(async () =>
        {
            var trace = await system.TraceAsync(traceId);
            var spans = trace?.GetProperty("spans").EnumerateArray().ToList() ?? [];
            missing = [.. expected.Where(part => !spans.Any(part.Is)).Select(part => part.What)];
            return missing.Length == 0;
        }, TimeSpan.FromSeconds(20), $"the spans of the whole story have arrived; missing: {string.Join("; ", missing)}");
    }

    [Fact]
    public async Task No_span_carries_the_data_or_a_key()
    {
        const string canary = "canary-7f3a91";
        var line = $$"""{"messages":[{"role":"user","content":"{{canary}}"},{"role":"assistant","content":"{{canary}}"}]}""" + "\n";
        var file = await system.UploadAsync(System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(line, 12))), $"{canary}.jsonl");
        var job = await system.WaitForJobAsync(await system.CreateJobAsync(new { model = "base-1m", training_file = file, hyperparameters = new { n_epochs = 1 } }));
        var model = job.GetProperty("fine_tuned_model").GetString();
        await Eventually.True(async () =>
        {
            using var answer = await system.SendAsync(HttpMethod.Post, "/v1/chat/completions", system.FirstKey,
                new StringContent(JsonSerializer.Serialize(new { model, messages = new[] { new { role = "user", content = canary } } }), System.Text.Encoding.UTF8, "application/json"));
            return answer.IsSuccessStatusCode;
        }, because: "the tuned model answers");

        var spans = await system.AllSpansAsync(until: text => text.Contains($"chat {model}", StringComparison.Ordinal));
        Assert.DoesNotContain(canary, spans, StringComparison.Ordinal);
        Assert.DoesNotContain(system.FirstKey, spans, StringComparison.Ordinal);
    }

    private static string Service(JsonElement span) => span.GetProperty("service").GetString()!;
    private static string Scope(JsonElement span) => span.GetProperty("scope").GetString()!;
    private static string Name(JsonElement span) => span.GetProperty("name").GetString()!;
    private static string Kind(JsonElement span) => span.GetProperty("kind").GetString()!;
}

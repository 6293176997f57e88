using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests;

public sealed class TelemetryTests
{
    [Fact]
    public async Task A_run_is_a_trace_of_short_spans_linked_to_the_request_that_created_the_job_and_holds_no_content()
    {
        const string canary = "canary-7c1f";
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ProviderTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var provider = Provider.Start();
        var file = await provider.UploadAsync(TinyModel.Examples(10).Replace("thing", canary, StringComparison.Ordinal));
        using var create = new HttpRequestMessage(HttpMethod.Post, "fine_tuning/jobs")
        {
            Content = new StringContent($$$"""{"model":"tiny","training_file":"{{{file}}}","hyperparameters":{"n_epochs":2}}""", Encoding.UTF8, "application/json"),
        };
        using var client = new Activity("client").SetParentId("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").Start();
        var id = (string)JsonNode.Parse(await (await provider.Http.SendAsync(create)).Content.ReadAsStringAsync())!["id"]!;
        client.Stop();
        var job = await provider.WaitForEndAsync(id);
        await provider.PostAsync("chat/completions", $$"""{"model":"{{(string)job["fine_tuned_model"]!}}","messages":[{"role":"user","content":"{{canary}}"}],"temperature":0.5,"max_tokens":3}""");

        var ours = spans.Where(span => (string?)span.GetTagItem("fta.job.id") == id).ToList();
        var (validate, start) = (ours.Single(span => span.DisplayName == "validate_fine_tuning_files"), ours.Single(span => span.DisplayName == "start_fine_tuning"));
        foreach (var root in new[] { validate, start })
        {
            Assert.Equal(default, root.ParentSpanId);
            Assert.Equal("0af7651916cd43dd8448eb211c80319c", Assert.Single(root.Links).Context.TraceId.ToHexString());
        }

        var epochs = ours.Where(span => span.DisplayName == "fine_tuning_epoch").OrderBy(span => span.StartTimeUtc).ToList();
        Assert.Equal([1, 2], epochs.Select(span => (int)span.GetTagItem("fta.epoch")!));
        Assert.All(epochs, span => Assert.Equal((start.TraceId, start.SpanId), (span.TraceId, span.ParentSpanId)));

        var chat = spans.Single(span => span.DisplayName == $"chat {job["fine_tuned_model"]}");
        Assert.Equal("chat", chat.GetTagItem("gen_ai.operation.name"));
        Assert.Equal("fine_tune_aspire.local", chat.GetTagItem("gen_ai.provider.name"));
        Assert.Equal((string)job["fine_tuned_model"]!, chat.GetTagItem("gen_ai.request.model"));
        Assert.True((int)chat.GetTagItem("gen_ai.usage.input_tokens")! > 5);
        Assert.InRange((int)chat.GetTagItem("gen_ai.usage.output_tokens")!, 1, 3);
        Assert.DoesNotContain(spans, span => span.TagObjects.Any(tag => tag.Value?.ToString()?.Contains(canary, StringComparison.Ordinal) == true));
    }
}

using System.Diagnostics;
using System.Net.Http.Json;
using System.Reflection;

namespace FineTuneAspire.Inference.Tests;

public class TelemetryTests(InferenceHost host)
{
    [Fact]
    public void Speaks_the_words_of_version_1_41() =>
        Assert.Equal(
        [
            "chat", "error.type", "gen_ai.client.operation.duration", "gen_ai.client.operation.time_to_first_chunk", "gen_ai.client.token.usage", "gen_ai.operation.name",
            "gen_ai.provider.name", "gen_ai.request.choice.count", "gen_ai.request.max_tokens", "gen_ai.request.model", "gen_ai.request.seed", "gen_ai.request.stream",
            "gen_ai.request.temperature", "gen_ai.request.top_p", "gen_ai.response.finish_reasons", "gen_ai.response.id", "gen_ai.response.model",
            "gen_ai.response.time_to_first_chunk", "gen_ai.token.type", "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens",
            "gen_ai.usage.reasoning.output_tokens", "openai.api.type", "server.address", "server.port",
        ],
        typeof(GenAI).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!).Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_chat_call_is_a_client_span_with_usage_and_without_content()
    {
        var (id, upstream) = await host.AddModelAsync(Scripts.Json(Scripts.Completion("ft:up", "CANARY-ANSWER")));
        var ended = new TaskCompletionSource<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == InferenceTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.DisplayName == $"chat {id}")
                    ended.TrySetResult(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);

        await host.Client().PostAsJsonAsync("/v1/chat/completions", new { model = id, temperature = 0.5, messages = new[] { new { role = "user", content = "CANARY-QUESTION" } } });
        var span = await ended.Task.WaitAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal((id, "ft:up", "local", 0.5, 7L, 3L, false),
            (span.GetTagItem("gen_ai.request.model"), span.GetTagItem("gen_ai.response.model"), span.GetTagItem("gen_ai.provider.name"), span.GetTagItem("gen_ai.request.temperature"),
                span.GetTagItem("gen_ai.usage.input_tokens"), span.GetTagItem("gen_ai.usage.output_tokens"), span.GetTagItem("gen_ai.request.stream")));
        Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains("CANARY"));
        Assert.Single(host.Upstream.Seen(upstream));
    }
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using FineTuneAspire.LocalModel;
using FineTuneAspire.LocalProvider.Chat;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace FineTuneAspire.LocalProvider.Tests.Chat;

public sealed class ChatStreamTests
{
    [Fact]
    public async Task An_error_in_the_middle_ends_with_an_error_event_and_never_with_done()
    {
        var context = new DefaultHttpContext();
        using var body = new MemoryStream();
        context.Response.Body = body;
        var request = new ChatRequest { Model = "m", Messages = [] };

        await ChatStream.WriteAsync(context.Response, new AnswerHead("chatcmpl-1", 5, "m"), Broken(), includeUsage: true, new ChatSpan(request, TimeProvider.System, CancellationToken.None), NullLogger.Instance, CancellationToken.None);

        var text = Encoding.UTF8.GetString(body.ToArray());
        Assert.Contains("\"content\":\"half\"", text, StringComparison.Ordinal);
        Assert.EndsWith("""event: error""" + "\n" + """data: {"error":{"message":"The answer broke off with an error on the server. Send the request again.","type":"server_error","param":null,"code":"stream_failed"}}""" + "\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("finish_reason\":\"", text, StringComparison.Ordinal);

        static IEnumerable<GeneratedToken> Broken()
        {
            yield return new GeneratedToken("half", null, 3, 1);
            throw new InvalidOperationException("the weights are gone");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_goes_away_stops_the_generation(bool stream)
    {
        await using var provider = Provider.Start();
        // At 65,536 tokens of context and no end token at temperature 0, an answer takes minutes.
        var model = $"long-{stream}";
        TinyModel.Create(contextLength: 65_536, seed: 3).Save(Path.Combine(provider.Folder, "models", model));
        var ended = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == ProviderTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = ended.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var leave = new CancellationTokenSource();
        using var meters = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "gen_ai.server.time_to_first_token") self.EnableMeasurementEvents(instrument); } };
        var begun = new TaskCompletionSource();
        meters.SetMeasurementEventCallback<double>((_, _, tags, _) => { if (tags.Contains(new("gen_ai.request.model", model))) begun.TrySetResult(); });
        meters.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, "chat/completions")
        {
            Content = new StringContent($$"""{"model":"{{model}}","messages":[{"role":"user","content":"a"}],"temperature":0,"stream":{{(stream ? "true" : "false")}}}""", Encoding.UTF8, "application/json"),
        };

        var answer = provider.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
        if (stream)
        {
            // Only the role is sure to come: a random model may repeat a token that has no text.
            using var lines = new StreamReader(await (await answer).Content.ReadAsStreamAsync());
            Assert.StartsWith("data: ", await lines.ReadLineAsync(), StringComparison.Ordinal);
            await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        }
        else
        {
            await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        }

        await Eventually.True(() => ended.Any(one => one.DisplayName == $"chat {model}" && (string?)one.GetTagItem("error.type") == "client_disconnect"),
            TimeSpan.FromSeconds(60), "the generation has stopped because the client has gone");
    }
}

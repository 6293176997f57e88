using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

namespace FineTuneAspire.Inference.Tests.Chat;

/// <summary>The official SDK as any client uses it: only base URL, key and model are ours.</summary>
public class OpenAISdkTests(InferenceHost host)
{
    private ChatClient Client(string model) => new(model, new ApiKeyCredential(host.Key("p1")), new OpenAIClientOptions { Endpoint = new Uri(host.BaseUrl.TrimEnd('/') + "/v1") });

    [Fact]
    public async Task Reads_a_completion()
    {
        var (id, _) = await host.AddModelAsync(Scripts.Json(Scripts.Completion("ft:up", "Grüße")));

        ChatCompletion answer = await Client(id).CompleteChatAsync(ChatMessage.CreateUserMessage("Hi"));

        Assert.Equal(("Grüße", id, 7, 3), (answer.Content[0].Text, answer.Model, answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task Reads_a_stream_with_usage()
    {
        var (id, upstream) = await host.AddModelAsync(Scripts.Stream(
            $"data: {Scripts.Chunk("up", "Grü")}\n\n", $"data: {Scripts.Chunk("up", "ße 😀")}\n\n", $"data: {Scripts.Chunk("up", "", "\"stop\"")}\n\n",
            "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"up\",\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2,\"total_tokens\":7}}\n\n", "data: [DONE]\n\n"));
        var text = "";
        ChatTokenUsage? usage = null;

        await foreach (var update in Client(id).CompleteChatStreamingAsync(ChatMessage.CreateUserMessage("Hi")))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            usage = update.Usage ?? usage;
            Assert.Equal(id, update.Model);
        }

        Assert.Equal(("Grüße 😀", 5, 2), (text, usage?.InputTokenCount, usage?.OutputTokenCount));
        Assert.Contains("\"include_usage\":true", host.Upstream.Seen(upstream).Single().Text);
    }

    [Fact]
    public async Task Sees_an_unknown_model_as_404()
    {
        var refused = await Assert.ThrowsAsync<ClientResultException>(() => Client("no-such-model").CompleteChatAsync(ChatMessage.CreateUserMessage("Hi")));

        Assert.Equal(404, refused.Status);
        Assert.Contains("model_not_found", refused.Message);
    }
}

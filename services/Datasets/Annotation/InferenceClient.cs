using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.ServiceDefaults.Internal;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Datasets.Annotation;

/// <summary>A model asked on a project's behalf, through the inference service.</summary>
public sealed class InferenceClient(HttpClient http)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <param name="messages">As in a chat request.</param>
    /// <exception cref="HttpRequestException">The service could not be reached, or answered an error, which the message tells.</exception>
    /// <exception cref="TimeoutException">No answer within a minute.</exception>
    public async Task<string> AnswerAsync(string project, string model, JsonArray messages, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions").OnBehalfOf(project);
            request.Content = JsonContent.Create(new JsonObject { ["model"] = model, ["messages"] = messages.DeepClone(), ["temperature"] = 0 });
            using var response = await http.SendAsync(request, limit.Token);
            var body = await response.Content.ReadFromJsonAsync<JsonElement>(WireJson.Options, limit.Token);
            if (response.StatusCode == HttpStatusCode.OK)
                return body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString() ?? "";
            throw new HttpRequestException($"{(int)response.StatusCode}: {body.GetProperty("error").GetProperty("message").GetString()}", null, response.StatusCode);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer within {Patience.TotalSeconds:0} s.");
        }
    }
}

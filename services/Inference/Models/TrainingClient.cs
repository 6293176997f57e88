using System.Net;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.ServiceDefaults.Internal;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Inference.Models;

/// <summary>Asks Training for a model whose event has not arrived. An outage throws <see cref="HttpRequestException"/>.</summary>
internal sealed class TrainingClient(HttpClient http)
{
    /// <summary>What the job that made the model or checkpoint announced; null when no job of the project made it.</summary>
    public async Task<TrainingSucceeded?> FindTrainedModelAsync(string project, string model, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/internal/models/{Uri.EscapeDataString(model)}").OnBehalfOf(project);
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<TrainingSucceeded>(WireJson.Options, cancellationToken);
    }
}

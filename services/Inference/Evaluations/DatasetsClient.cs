using System.Net;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Internal;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>What evaluations read from Datasets, on behalf of a project. An outage throws <see cref="HttpRequestException"/>.</summary>
internal sealed class DatasetsClient(HttpClient http)
{
    /// <summary>Null when the project has no such file.</summary>
    public Task<FileObject?> FindFileAsync(string project, string id, CancellationToken cancellationToken) => FindAsync<FileObject>(project, $"/v1/files/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>Null when the project has no such dataset.</summary>
    public Task<DatasetObject?> FindDatasetAsync(string project, string id, CancellationToken cancellationToken) => FindAsync<DatasetObject>(project, $"/v1/datasets/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>The file's bytes as they arrive; null when the project has no such file (any more). Dispose the response.</summary>
    public async Task<HttpResponseMessage?> OpenContentAsync(string project, string id, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/files/{Uri.EscapeDataString(id)}/content").OnBehalfOf(project);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            response.Dispose();
            return null;
        }

        return response.EnsureSuccessStatusCode();
    }

    private async Task<T?> FindAsync<T>(string project, string path, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path).OnBehalfOf(project);
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
            return null;
        await using var body = await response.EnsureSuccessStatusCode().Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync<T>(body, WireJson.Options, cancellationToken);
    }
}

internal static class DatasetsClientRegistration
{
    public static void AddInternalDatasets(this IServiceCollection services) => services.AddInternalHttpClient<DatasetsClient>("datasets");
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Internal;
using FineTuneAspire.ServiceDefaults.Json;

namespace FineTuneAspire.Training.Jobs;

/// <summary>The files of a project, asked of Datasets on the project's behalf. Failures throw <see cref="HttpRequestException"/>.</summary>
public sealed class DatasetsClient(HttpClient http)
{
    /// <summary>Null when the project has no such file.</summary>
    public async Task<FileObject?> FindFileAsync(string project, string fileId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/files/{Uri.EscapeDataString(fileId)}").OnBehalfOf(project);
        using var response = await http.SendAsync(request, cancellationToken);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
            return null;
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<FileObject>(WireJson.Options, cancellationToken);
    }

    /// <summary>The bytes as they were sent, not buffered; disposing the response ends the transfer. Null when the project has no such file.</summary>
    public async Task<HttpResponseMessage?> OpenFileAsync(string project, string fileId, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/files/{Uri.EscapeDataString(fileId)}/content").OnBehalfOf(project);
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.NotFound)
            return response.EnsureSuccessStatusCode();
        response.Dispose();
        return null;
    }

    /// <summary>Stores a result file once: one of that name that the project has already is taken instead.</summary>
    /// <returns>The file's id.</returns>
    public async Task<string> StoreResultFileAsync(string project, string filename, Stream content, CancellationToken cancellationToken)
    {
        const string purpose = "fine-tune-results";
        using var find = new HttpRequestMessage(HttpMethod.Get, $"/v1/files?purpose={purpose}&limit=10000").OnBehalfOf(project);
        using var found = await http.SendAsync(find, cancellationToken);
        found.EnsureSuccessStatusCode();
        var files = await found.Content.ReadFromJsonAsync<FileList>(WireJson.Options, cancellationToken);
        if (files?.Data.FirstOrDefault(file => file.Filename == filename && file.Purpose == purpose) is { } existing)
            return existing.Id;

        var part = new StreamContent(content) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };
        using var store = new HttpRequestMessage(HttpMethod.Post, "/v1/files").OnBehalfOf(project);
        store.Content = new MultipartFormDataContent { { new StringContent(purpose), "\"purpose\"" }, { part, "\"file\"", $"\"{filename}\"" } };
        using var stored = await http.SendAsync(store, cancellationToken);
        stored.EnsureSuccessStatusCode();
        return (await stored.Content.ReadFromJsonAsync<FileObject>(WireJson.Options, cancellationToken))!.Id;
    }
}

using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Collecting;

/// <summary>Imports over the API, as a client makes them.</summary>
internal static class Imports
{
    public static async Task<ImportObject> ImportAsync(this DatasetsService service, object source, string? purpose = null, string? filename = null) =>
        await service.EndedAsync((await service.AskAsync(source, purpose, filename)).Id);

    public static async Task<ImportObject> AskAsync(this DatasetsService service, object source, string? purpose = null, string? filename = null)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/imports", new { source, purpose, filename });
        Assert.True(status == HttpStatusCode.OK, body);
        return JsonSerializer.Deserialize<ImportObject>(body, WireJson.Options)!;
    }

    public static async Task<ImportObject> EndedAsync(this DatasetsService service, string id)
    {
        ImportObject import = null!;
        await Eventually.True(async () => (import = await service.GetAsync<ImportObject>($"/v1/imports/{id}")).Status is "completed" or "failed" or "cancelled", TimeSpan.FromSeconds(60), $"{id} has ended");
        return import;
    }

    public static async Task<(HttpStatusCode Status, string? Param, string? Code, string Message)> RefusedAsync(this DatasetsService service, object source, HttpClient? client = null)
    {
        var (status, body) = await service.SendAsync(HttpMethod.Post, "/v1/imports", new { source }, client);
        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        return (status, error.GetProperty("param").GetString(), error.GetProperty("code").GetString(), error.GetProperty("message").GetString()!);
    }
}

using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FineTuneAspire.LocalProvider.Tests;

/// <summary>One provider for the tests of a class that do not disturb each other.</summary>
public sealed class SharedProvider : IAsyncDisposable
{
    public Provider Provider { get; } = Provider.Start();

    public ValueTask DisposeAsync() => Provider.DisposeAsync();
}

/// <summary>The provider on a real port with a data folder of its own and the model `tiny`; stopping and starting it again keeps the folder.</summary>
public sealed class Provider : IAsyncDisposable
{
    public const string Key = "test-key";

    /// <summary>Training gives way to everything else on the machine, so a busy one takes its time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly bool _ownsFolder;
    private readonly Factory _factory;

    private Provider(string folder, bool ownsFolder, IReadOnlyDictionary<string, string> settings, Action<IServiceCollection>? services)
    {
        (Folder, _ownsFolder) = (folder, ownsFolder);
        _factory = new Factory(folder, settings, services);
        _factory.UseKestrel(0);
        _factory.StartServer();
        Address = _factory.ClientOptions.BaseAddress;
        Http = new HttpClient { BaseAddress = new Uri(Address, "/v1/"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Key) } };
    }

    public string Folder { get; }
    public Uri Address { get; }

    /// <summary>With the right key; paths are below `/v1/`.</summary>
    public HttpClient Http { get; }

    public static Provider Start(string? folder = null, IReadOnlyDictionary<string, string>? settings = null, Action<IServiceCollection>? services = null)
    {
        var own = folder is null;
        folder ??= TestFolder.Create("local-provider");
        TinyModel.CopyTo(Path.Combine(folder, "models", TinyModel.Id));
        return new Provider(folder, own, settings ?? new Dictionary<string, string>(), services);
    }

    public async Task<JsonObject> GetAsync(string path) => await ReadAsync(await Http.GetAsync(path));

    public async Task<JsonObject> PostAsync(string path, string json) => await ReadAsync(await SendAsync(path, json));

    public Task<HttpResponseMessage> SendAsync(string path, string json) => Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    /// <summary>The id of a new file.</summary>
    public async Task<string> UploadAsync(string text, string purpose = "fine-tune") => await UploadAsync(Encoding.UTF8.GetBytes(text), purpose);

    public async Task<string> UploadAsync(byte[] bytes, string purpose = "fine-tune")
    {
        using var form = new MultipartFormDataContent { { new StringContent(purpose), "purpose" }, { new ByteArrayContent(bytes), "file", "data.jsonl" } };
        return (string)(await ReadAsync(await Http.PostAsync("files", form)))["id"]!;
    }

    /// <summary>The id of a new job on the tiny model; <paramref name="more"/> adds fields to the body.</summary>
    public async Task<string> CreateJobAsync(string trainingFile, JsonObject? more = null)
    {
        var body = more ?? [];
        body["model"] ??= TinyModel.Id;
        body["training_file"] = trainingFile;
        return (string)(await PostAsync("fine_tuning/jobs", body.ToJsonString()))["id"]!;
    }

    public Task<JsonObject> GetJobAsync(string id) => GetAsync($"fine_tuning/jobs/{id}");

    public Task<JsonObject> WaitForAsync(string jobId, params string[] statuses) =>
        Eventually.Value(() => GetJobAsync(jobId), job => statuses.Contains((string)job["status"]!), Patience, $"the job is {string.Join(" or ", statuses)}");

    public Task<JsonObject> WaitForEndAsync(string jobId) => WaitForAsync(jobId, "succeeded", "failed", "cancelled");

    /// <summary>Oldest first.</summary>
    public async Task<List<JsonObject>> EventsAsync(string jobId) =>
        [.. (await GetAsync($"fine_tuning/jobs/{jobId}/events?limit=1000"))["data"]!.AsArray().Select(one => one!.AsObject()).Reverse()];

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _factory.DisposeAsync();
        if (_ownsFolder)
            Directory.Delete(Folder, recursive: true);
    }

    private static async Task<JsonObject> ReadAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }

    private sealed class Factory(string folder, IReadOnlyDictionary<string, string> settings, Action<IServiceCollection>? services) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseSetting("Storage:Path", folder).UseSetting("ApiKeys:Single", Key);
            foreach (var (name, value) in settings)
                builder.UseSetting(name, value);
            builder.ConfigureLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
            if (services is not null)
                builder.ConfigureServices(services);
        }
    }
}

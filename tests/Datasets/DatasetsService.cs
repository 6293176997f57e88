using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Json;
using FineTuneAspire.TestKit;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenAI;
using OpenAI.Files;

namespace FineTuneAspire.Datasets.Tests;

/// <summary>The service on Kestrel with a database, a virtual host and a folder of its own, and keys of two projects.</summary>
public sealed class DatasetsService : IAsyncLifetime
{
    public const string InternalKey = "internal-key-of-the-tests";
    public static readonly string FirstKey = ApiKey.Generate();
    public static readonly string SecondKey = ApiKey.Generate();
    private readonly Dictionary<string, string?> settings;
    private TestVhost? vhost;
    private Factory? factory;

    public DatasetsService() : this([]) { }

    private DatasetsService(Dictionary<string, string?> settings) => this.settings = settings;

    public TestDatabase Database { get; private set; } = null!;
    public string Folder { get; private set; } = "";
    public string Bus { get; private set; } = "";
    public Uri BaseAddress { get; private set; } = null!;
    public IServiceProvider Services => factory!.Services;

    /// <summary>A client with the key of the project `first`.</summary>
    public HttpClient First { get; private set; } = null!;

    /// <summary>A client with the key of the project `second`.</summary>
    public HttpClient Second { get; private set; } = null!;

    public static async Task<DatasetsService> StartAsync(params (string Name, string? Value)[] settings)
    {
        var service = new DatasetsService(settings.ToDictionary(setting => setting.Name, setting => setting.Value));
        await service.InitializeAsync();
        return service;
    }

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync("datasets");
        vhost = await TestVhost.CreateAsync();
        Bus = vhost.ConnectionString;
        Folder = TestFolder.Create("datasets");
        await MigrateAsync(Database.ConnectionString);
        Start();
    }

    public static async Task MigrateAsync(string connection)
    {
        await using var db = Context(connection);
        await db.Database.MigrateAsync();
    }

    public static DatasetsDbContext Context(string connection) => new(new DbContextOptionsBuilder<DatasetsDbContext>().UseNpgsql(connection).Options);

    /// <summary>The settings of a process of this service, as variables.</summary>
    public static Dictionary<string, string?> Settings(string database, string bus, string folder) => new()
    {
        ["ConnectionStrings:datasets-db"] = database,
        ["ConnectionStrings:bus"] = bus,
        ["Storage:Path"] = folder,
        ["ApiKeys:Internal"] = InternalKey,
        ["ApiKeys:Keys:0:Name"] = "first",
        ["ApiKeys:Keys:0:Project"] = "first",
        ["ApiKeys:Keys:0:Sha256"] = ApiKey.Hash(FirstKey),
        ["ApiKeys:Keys:1:Name"] = "second",
        ["ApiKeys:Keys:1:Project"] = "second",
        ["ApiKeys:Keys:1:Sha256"] = ApiKey.Hash(SecondKey),
    };

    public HttpClient Client(string? key)
    {
        var client = new HttpClient { BaseAddress = BaseAddress };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>The official SDK with only URL and key changed, without its retries, so that a failure shows.</summary>
    public OpenAIFileClient Sdk(string key) => new(new ApiKeyCredential(key), new OpenAIClientOptions
    {
        Endpoint = new Uri(BaseAddress, "/v1"),
        RetryPolicy = new ClientRetryPolicy(0),
    });

    public async Task<FileObject> UploadAsync(byte[] bytes, string name = "train.jsonl", string purpose = "fine-tune", HttpClient? client = null)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", name }, { new StringContent(purpose), "purpose" } };
        using var answer = await (client ?? First).PostAsync("/v1/files", form);
        return await ReadAsync<FileObject>(answer);
    }

    public async Task<byte[]> ContentAsync(string id) => await First.GetByteArrayAsync($"/v1/files/{id}/content");

    public static async Task<T> ReadAsync<T>(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<T>(text, WireJson.Options)!;
    }

    public async Task<T> GetAsync<T>(string url)
    {
        using var answer = await First.GetAsync(url);
        return await ReadAsync<T>(answer);
    }

    public async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpMethod method, string url, object? body = null, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(method, url) { Content = body is null ? null : JsonContent.Create(body, options: WireJson.Options) };
        using var answer = await (client ?? First).SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Makes a dataset of the file and waits until its first version has ended.</summary>
    public async Task<DatasetVersionObject> DatasetAsync(byte[] source, SplitRequest? split = null, ImportRequest? import = null)
    {
        var request = new CreateDatasetRequest { Name = "made", File = (await UploadAsync(source)).Id, Split = split, Import = import };
        using var answer = await First.PostAsJsonAsync("/v1/datasets", request, WireJson.Options);
        return await EndedAsync((await ReadAsync<DatasetObject>(answer)).Id, 1);
    }

    /// <summary>Makes a further version and waits until it has ended.</summary>
    public async Task<DatasetVersionObject> VersionAsync(string dataset, CreateDatasetVersionRequest request)
    {
        using var answer = await First.PostAsJsonAsync($"/v1/datasets/{dataset}/versions", request, WireJson.Options);
        return await EndedAsync(dataset, (await ReadAsync<DatasetVersionObject>(answer)).Version);
    }

    public Task<DatasetVersionObject> EndedAsync(string dataset, int version) => Eventually.Value(
        () => GetAsync<DatasetVersionObject>($"/v1/datasets/{dataset}/versions/{version}"), found => found.Status != "validating", TimeSpan.FromSeconds(60), "the version has ended");

    public string[] Incoming() => [.. Directory.GetFiles(Path.Combine(Folder, "incoming"))];

    public string[] Objects() => [.. Directory.GetFiles(Path.Combine(Folder, "objects"), "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path))];

    public async ValueTask DisposeAsync()
    {
        if (factory is not null)
            await factory.DisposeAsync();
        if (vhost is not null)
            await vhost.DisposeAsync();
        await Database.DisposeAsync();
    }

    private void Start()
    {
        var all = Settings(Database.ConnectionString, Bus, Folder);
        foreach (var (name, value) in settings)
            all[name] = value;
        factory = new Factory(all);
        factory.UseKestrel(0);
        factory.StartServer();
        BaseAddress = new Uri(factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        (First, Second) = (Client(FirstKey), Client(SecondKey));
    }

    private sealed class Factory(Dictionary<string, string?> settings) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            foreach (var (name, value) in settings)
                builder.UseSetting(name, value);
        }
    }
}

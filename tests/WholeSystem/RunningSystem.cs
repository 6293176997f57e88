using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using FineTuneAspire.TestKit;

[assembly: AssemblyFixture(typeof(FineTuneAspire.WholeSystem.Tests.RunningSystem))]
// The tests kill parts of the one system that they share.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>
/// The whole application as `./run` starts it: AppHost's native runner with its own servers, five services and front door, in a data folder of
/// its own. Parts can be killed and started again through the runner's page. One system serves all tests of this project.
/// </summary>
public sealed partial class RunningSystem : IAsyncLifetime
{
    private const string Configuration =
#if DEBUG
        "Debug";
#else
        "Release";
#endif
    private const string LocalProviderKey = "whole-system-tests-local-provider-key";

    private readonly string root = FindRoot();
    private readonly string data;
    private readonly StringBuilder log = new();
    private Process? appHost;
    private Uri dashboard = null!;
    private OwnedObjects? owned;

    public RunningSystem() => data = Path.Combine(root, ".data", "test", "whole-system");

    /// <summary>No time-out of its own: each wait has a deadline where it waits.</summary>
    public HttpClient Http { get; } = new() { Timeout = Timeout.InfiniteTimeSpan };

    public Uri FrontDoor { get; private set; } = null!;

    /// <summary>What an OpenAI client is given; ends in `/v1`.</summary>
    public Uri BaseUrl { get; private set; } = null!;

    /// <summary>Keys of two projects, and a text that has a key's form and checksum but is nobody's.</summary>
    public string FirstKey { get; private set; } = null!;
    public string SecondKey { get; private set; } = null!;
    public string MistypedKey { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Directory.Exists(data))
            Directory.Delete(data, recursive: true);
        Directory.CreateDirectory(data);
        FirstKey = await MakeKeyAsync("first", Path.Combine(data, "keys.json"));
        SecondKey = await MakeKeyAsync("second", Path.Combine(data, "keys.json"));
        MistypedKey = await MakeKeyAsync("other", Path.Combine(data, "unused-keys.json"));

        appHost = Start(Path.Combine(root, "AppHost", "bin", "native", Configuration, "net10.0", "FineTuneAspire.AppHost.dll"));
        var endpointsFile = Path.Combine(data, "endpoints.json");
        try
        {
            await Eventually.True(() => appHost.HasExited || File.Exists(endpointsFile), TimeSpan.FromSeconds(180), "the system is up");
        }
        catch (TimeoutException error)
        {
            throw new TimeoutException($"{error.Message} It said:\n{Log}", error);
        }

        Assert.False(appHost.HasExited, $"the system ended while starting:\n{Log}");
        var endpoints = JsonDocument.Parse(await File.ReadAllBytesAsync(endpointsFile)).RootElement;
        BaseUrl = new Uri(endpoints.GetProperty("base_url").GetString()!);
        FrontDoor = new Uri(BaseUrl, "/");
        dashboard = new Uri(endpoints.GetProperty("pages").GetProperty("dashboard").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        if (appHost is { HasExited: false })
        {
            _ = Kill(appHost.Id, SigTerm);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await appHost.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                appHost.Kill(entireProcessTree: true);
                throw new TimeoutException($"The runner did not end within 20 s of SIGTERM. It said:\n{Log}");
            }
        }

        appHost?.Dispose();
        Http.Dispose();
    }

    // Requests

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? key, HttpContent? body = null)
    {
        var request = new HttpRequestMessage(method, new Uri(FrontDoor, path)) { Content = body };
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return Http.SendAsync(request);
    }

    /// <summary>As the first project. A 502 or 503 while a killed part comes back is waited out; anything else that is no success fails the test.</summary>
    public Task<JsonElement> GetAsync(string path) => SucceedAsync(() => SendAsync(HttpMethod.Get, path, FirstKey));

    /// <summary>Uploads as the first project and returns the file's id.</summary>
    public async Task<string> UploadAsync(byte[] bytes, string name)
    {
        var file = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/files", FirstKey, new MultipartFormDataContent
        {
            { new StringContent("fine-tune"), "purpose" },
            { new ByteArrayContent(bytes), "file", name },
        }));
        return file.GetProperty("id").GetString()!;
    }

    public async Task<byte[]> DownloadAsync(string fileId)
    {
        using var response = await SendAsync(HttpMethod.Get, $"/v1/files/{fileId}/content", FirstKey);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync();
    }

    public async Task<string> CreateJobAsync(object body)
    {
        var job = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/fine_tuning/jobs", FirstKey, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json")));
        return job.GetProperty("id").GetString()!;
    }

    public Task<JsonElement> WaitForJobAsync(string jobId) => Eventually.Value(
        () => GetAsync($"/v1/fine_tuning/jobs/{jobId}"),
        job => job.GetProperty("status").GetString() is "succeeded" or "failed" or "cancelled",
        TimeSpan.FromSeconds(180), $"{jobId} ends");

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

    /// <summary>One object of every kind in the first project, made once.</summary>
    public async Task<OwnedObjects> OwnedByFirstProjectAsync()
    {
        if (owned is not null)
            return owned;
        var file = await UploadAsync(TrainingData.Valid(), "owned.jsonl");
        var dataset = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/datasets", FirstKey, Json(new { name = "owned", file })));
        var job = await CreateJobAsync(new { model = "base-1m", training_file = file, hyperparameters = new { n_epochs = 1 } });
        var model = (await WaitForJobAsync(job)).GetProperty("fine_tuned_model").GetString()!;
        // The registry learns of the model from the event.
        await Eventually.True(async () =>
        {
            using var found = await SendAsync(HttpMethod.Get, $"/v1/models/{Uri.EscapeDataString(model)}", FirstKey);
            return found.IsSuccessStatusCode;
        }, because: $"{model} is registered");
        var evaluation = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/evaluations", FirstKey, Json(new { file, models = new[] { model } })));
        var upload = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/uploads", FirstKey, Json(new { filename = "owned.jsonl", purpose = "fine-tune", bytes = 10 })));
        var recipe = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/recipes", FirstKey, Json(new { name = "tidy", steps = new[] { new { type = "unicode" } } })));
        var import = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/imports", FirstKey, Json(new { source = new { type = "url", url = "https://nobody.invalid/x" } })));
        var datasetId = dataset.GetProperty("id").GetString()!;
        await Eventually.True(async () => (await GetAsync($"/v1/datasets/{datasetId}/versions/1")).GetProperty("status").GetString() == "validated", because: "the dataset is validated");
        var queue = await SucceedAsync(() => SendAsync(HttpMethod.Post, "/v1/annotation_queues", FirstKey, Json(new { name = "owned", dataset_id = datasetId, version = 1, annotators = new[] { "ann" } })));
        return owned = new OwnedObjects(
            file, datasetId, job, model, evaluation.GetProperty("id").GetString()!, upload.GetProperty("id").GetString()!, import.GetProperty("id").GetString()!,
            recipe.GetProperty("id").GetString()!, queue.GetProperty("id").GetString()!);
    }

    // The provider, asked behind the system's back

    /// <summary>Jobs that the local provider has, all or those that carry one of our jobs' ids.</summary>
    public async Task<int> ProviderJobCountAsync(string? jobId = null)
    {
        var url = (await ResourceAsync("local-provider")).GetProperty("urls")[0].GetString();
        var count = 0;
        for (string? after = null; ;)
        {
            var query = $"?limit=100{(jobId is null ? "" : $"&metadata[fta_job]={jobId}")}{(after is null ? "" : $"&after={after}")}";
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{url}/v1/fine_tuning/jobs{query}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", LocalProviderKey);
            using var response = await Http.SendAsync(request);
            var page = await JsonAsync(response);
            Assert.True(response.IsSuccessStatusCode, page.ToString());
            var jobs = page.GetProperty("data");
            count += jobs.GetArrayLength();
            if (!page.GetProperty("has_more").GetBoolean())
                return count;
            after = jobs[jobs.GetArrayLength() - 1].GetProperty("id").GetString();
        }
    }

    // The runner

    public async Task<JsonElement> ResourceAsync(string name) =>
        JsonDocument.Parse(await Http.GetStringAsync(new Uri(dashboard, $"/api/resources/{name}"))).RootElement;

    /// <summary>SIGKILL to a resource, and to everything it started; returns when the runner has seen it end.</summary>
    public async Task KillAsync(string name)
    {
        var pid = (await ResourceAsync(name)).GetProperty("pid").GetInt32();
        Assert.Equal(0, Kill(-pid, SigKill));
        await Eventually.True(async () => (await ResourceAsync(name)).GetProperty("state").GetString() is "exited" or "finished", because: $"the runner sees {name} dead");
    }

    public async Task StartAsync(string name)
    {
        using var response = await Http.PostAsync(new Uri(dashboard, $"/api/resources/{name}/start"), null);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        await Eventually.True(async () => (await ResourceAsync(name)).GetProperty("is_up").GetBoolean(), TimeSpan.FromSeconds(60), $"{name} is up again");
    }

    /// <summary>The spans that the runner received over OTLP for a trace and the traces tied to it by links; null when there is none yet.</summary>
    public async Task<JsonElement?> TraceAsync(string traceId)
    {
        using var response = await Http.GetAsync(new Uri(dashboard, $"/api/traces/{traceId}?linked=true"));
        return response.IsSuccessStatusCode ? await JsonAsync(response) : null;
    }

    /// <summary>Every span the runner holds, as the text of its JSON, once a wanted one is among them.</summary>
    public async Task<string> AllSpansAsync(Func<string, bool> until)
    {
        var all = "";
        await Eventually.True(async () =>
        {
            var list = JsonDocument.Parse(await Http.GetStringAsync(new Uri(dashboard, "/api/traces?limit=1000"))).RootElement.GetProperty("traces");
            var text = new StringBuilder();
            foreach (var trace in list.EnumerateArray())
                text.AppendLine(await Http.GetStringAsync(new Uri(dashboard, $"/api/traces/{trace.GetProperty("trace_id").GetString()}")));
            return until(all = text.ToString());
        }, because: "the spans have arrived");
        return all;
    }

    private string Log
    {
        get
        {
            lock (log)
                return log.ToString();
        }
    }

    private static StringContent Json(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    private static async Task<JsonElement> SucceedAsync(Func<Task<HttpResponseMessage>> send)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            using var response = await send();
            if (response.IsSuccessStatusCode)
                return await JsonAsync(response);
            var text = $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri!.PathAndQuery} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}";
            var comesBack = response.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout;
            Assert.True(comesBack && deadline.Elapsed < TimeSpan.FromSeconds(60), text);
            await Task.Delay(200);
        }
    }

    private async Task<string> MakeKeyAsync(string project, string file)
    {
        var studio = Path.Combine(root, "services", "Studio", "bin", Configuration, "net10.0", "FineTuneAspire.Studio.dll");
        var start = new ProcessStartInfo("dotnet", [studio, "key", project, "--project", project, "--file", file]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var key = (await process.StandardOutput.ReadToEndAsync()).Trim();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"no key could be made for {project}");
        return key;
    }

    private Process Start(string dll)
    {
        Assert.True(File.Exists(dll), $"{dll} is not built: run `./test`, or build the solution with -p:UseAspire=false.");
        var start = new ProcessStartInfo("dotnet", [dll]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = root };
        start.Environment["FTA_DATA"] = data;
        // A name that no server knows: the import fails, but there is one.
        start.Environment["Collecting__AllowedHosts__0"] = "nobody.invalid";
        start.Environment["Parameters__local-provider-key"] = LocalProviderKey;
        start.Environment.Remove("OPENAI_API_KEY");
        var process = new Process { StartInfo = start };
        DataReceivedEventHandler keep = (_, line) =>
        {
            lock (log)
                log.AppendLine(line.Data);
        };
        process.OutputDataReceived += keep;
        process.ErrorDataReceived += keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FineTuneAspire.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("FineTuneAspire.sln is not above the tests.");
    }

    private const int SigKill = 9;
    private const int SigTerm = 15;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}

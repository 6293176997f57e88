using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.LocalProvider.Tests.FineTuning;

public sealed class RestartTests
{
    [Fact]
    public async Task A_job_that_ran_when_the_process_was_killed_fails_saying_so_and_the_queue_goes_on()
    {
        var folder = TestFolder.Create("killed");
        TinyModel.CopyTo(Path.Combine(folder, "models", TinyModel.Id));
        string running, queued, file;
        await using (var process = await ProviderProcess.StartAsync(folder))
        {
            file = await process.UploadAsync(TinyModel.Examples(100));
            running = await process.CreateJobAsync(file, epochs: 50, batchSize: 2);
            queued = await process.CreateJobAsync(file, epochs: 1, batchSize: 50);
            await Eventually.True(async () => (await process.GetAsync($"fine_tuning/jobs/{running}/checkpoints"))["data"]!.AsArray().Count > 0, Provider.Patience, "an epoch has ended");
            await Eventually.True(async () => (string)(await process.GetAsync($"fine_tuning/jobs/{queued}"))["status"]! == "queued", Provider.Patience, "the second job waits");
            process.Kill();
        }

        await using (var process = await ProviderProcess.StartAsync(folder))
        {
            var job = await process.GetAsync($"fine_tuning/jobs/{running}");
            Assert.Equal("failed", (string)job["status"]!);
            Assert.Equal("provider_restarted", (string)job["error"]!["code"]!);
            var checkpoint = (string)(await process.GetAsync($"fine_tuning/jobs/{running}/checkpoints"))["data"]![0]!["fine_tuned_model_checkpoint"]!;
            Assert.Contains(checkpoint, (string)job["error"]!["message"]!, StringComparison.Ordinal);
            Assert.Equal("error", (string)(await process.GetAsync($"fine_tuning/jobs/{running}/events?limit=1"))["data"]![0]!["level"]!);
            await Eventually.True(async () => (string)(await process.GetAsync($"fine_tuning/jobs/{queued}"))["status"]! == "succeeded", Provider.Patience, "the queued job goes on");
            Assert.Equal(TinyModel.Examples(100), await process.Http.GetStringAsync($"files/{file}/content"));
            // No half-written weights are left, and what has a row has its folder.
            Assert.DoesNotContain(Directory.GetDirectories(Path.Combine(folder, "tuned", running)), path => path.EndsWith(".part", StringComparison.Ordinal));
            Assert.Equal((await process.GetAsync($"fine_tuning/jobs/{running}/checkpoints"))["data"]!.AsArray().Count, Directory.GetDirectories(Path.Combine(folder, "tuned", running)).Length);
        }
    }

    [Fact]
    public async Task A_job_that_runs_when_the_process_is_stopped_fails_at_once()
    {
        var folder = TestFolder.Create("stopped");
        string running, validating;
        await using (var provider = Provider.Start(folder))
        {
            running = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(100)), CancelJobTests.Endless);
            await provider.WaitForAsync(running, "running");
            validating = await provider.CreateJobAsync(await provider.UploadAsync(TinyModel.Examples(10)), new JsonObject { ["hyperparameters"] = new JsonObject { ["n_epochs"] = 1 } });
        }

        await using (var provider = Provider.Start(folder))
        {
            var job = await provider.GetJobAsync(running);
            Assert.Equal(("failed", "provider_restarted"), ((string)job["status"]!, (string)job["error"]!["code"]!));
            // Once: the stopping process said it, and the next start found nothing left to say.
            Assert.Single(await provider.EventsAsync(running), one => (string)one["level"]! == "error");
            Assert.Equal("succeeded", (string)(await provider.WaitForEndAsync(validating))["status"]!);
        }
    }

    /// <summary>The provider as a process of its own, so that it can be killed.</summary>
    private sealed class ProviderProcess : IAsyncDisposable
    {
        private readonly Process _process;

        private ProviderProcess(Process process, string address)
        {
            _process = process;
            Http = new HttpClient { BaseAddress = new Uri($"{address}/v1/"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Provider.Key) } };
        }

        public HttpClient Http { get; }

        public static async Task<ProviderProcess> StartAsync(string folder)
        {
            var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FineTuneAspire.LocalProvider.dll")])
            {
                RedirectStandardOutput = true,
                Environment = { ["ASPNETCORE_URLS"] = "http://127.0.0.1:0", ["Storage__Path"] = folder, ["ApiKeys__Single"] = Provider.Key, ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information" },
            })!;
            const string listening = "Now listening on: ";
            var address = new TaskCompletionSource<string>();
            process.OutputDataReceived += (_, line) =>
            {
                if (line.Data is null)
                    address.TrySetException(new InvalidOperationException("The provider ended before it listened."));
                else if (line.Data.IndexOf(listening, StringComparison.Ordinal) is >= 0 and var at)
                    address.TrySetResult(line.Data[(at + listening.Length)..].Trim());
            };
            process.BeginOutputReadLine();
            return new ProviderProcess(process, await address.Task.WaitAsync(Provider.Patience));
        }

        public void Kill() => _process.Kill();

        public async Task<JsonObject> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(path))!.AsObject();

        public async Task<string> UploadAsync(string text)
        {
            using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new StringContent(text), "file", "data.jsonl" } };
            return (string)JsonNode.Parse(await (await Http.PostAsync("files", form)).Content.ReadAsStringAsync())!["id"]!;
        }

        public async Task<string> CreateJobAsync(string file, int epochs, int batchSize)
        {
            var body = $$$"""{"model":"tiny","training_file":"{{{file}}}","hyperparameters":{"n_epochs":{{{epochs}}},"batch_size":{{{batchSize}}}}}""";
            var response = await Http.PostAsync("fine_tuning/jobs", new StringContent(body, MediaTypeHeaderValue.Parse("application/json")));
            return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!;
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            if (!_process.HasExited)
                _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}

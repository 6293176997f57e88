using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace FineTuneAspire.ModelProvider.FineTuning;

internal sealed class FineTuningClient(ProviderConnection connection, TimeSpan timeout) : IFineTuningClient
{
    private const int PageSize = 100;
    private const int FilePageSize = 1000;
    /// <summary>A list that never ends is a fault of the provider; nobody has this many files or checkpoints of one name.</summary>
    private const int MostPages = 200;

    public ProviderInfo Provider => connection.Provider;

    public Task<UpstreamFile> UploadFileAsync(Stream content, long length, string filename, string purpose, CancellationToken cancellationToken) =>
        TracedAsync("upload_file", null, () => connection.OnceAsync(
            () =>
            {
                var request = connection.Request(HttpMethod.Post, "files");
                var file = new SizedContent(content, length);
                file.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
                request.Content = new MultipartFormDataContent { { new StringContent(purpose), "\"purpose\"" }, { file, "\"file\"", $"\"{filename}\"" } };
                return request;
            },
            UpstreamParsing.File, limit: null, cancellationToken));

    public async Task<IReadOnlyList<UpstreamFile>> FindFilesAsync(string filename, string purpose, CancellationToken cancellationToken)
    {
        var files = await AllAsync($"files?purpose={Uri.EscapeDataString(purpose)}&order=desc", FilePageSize, UpstreamParsing.File, file => file.Id, cancellationToken);
        return [.. files.Where(file => file.Filename == filename && file.Purpose == purpose)];
    }

    public async Task<MemoryStream> DownloadFileAsync(string fileId, long maxBytes, CancellationToken cancellationToken)
    {
        using var timed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = connection.Clock.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), timed, timeout, Timeout.InfiniteTimeSpan);
        try
        {
            using var request = connection.Request(HttpMethod.Get, $"files/{Uri.EscapeDataString(fileId)}/content");
            using var response = await connection.Http().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timed.Token);
            if (!response.IsSuccessStatusCode)
                throw new ProviderException(await ProviderErrors.ReadAsync(Provider, connection.ApiKey, response, connection.Clock, timed.Token));
            await response.Content.LoadIntoBufferAsync(maxBytes, timed.Token);
            return ResultFile.Decode(await response.Content.ReadAsByteArrayAsync(timed.Token));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new ProviderException(ProviderErrors.From(Provider, exception), exception);
        }
    }

    public async Task DeleteFileAsync(string fileId, CancellationToken cancellationToken)
    {
        try
        {
            await connection.OnceAsync(() => connection.Request(HttpMethod.Delete, $"files/{Uri.EscapeDataString(fileId)}"), json => json.Flag("deleted"), timeout, cancellationToken);
        }
        catch (ProviderException exception) when (exception.Kind == ProviderErrorKind.NotFound)
        {
            // Gone already, which is what was asked for.
        }
    }

    public async Task<CreateJobOutcome> CreateJobAsync(CreateUpstreamJob job, CancellationToken cancellationToken)
    {
        using var span = ProviderTelemetry.Start("create_fine_tuning_job", Provider, job.Model);
        try
        {
            var body = UpstreamParsing.CreateBody(job);
            var created = await connection.OnceAsync(
                () =>
                {
                    var request = connection.Request(HttpMethod.Post, "fine_tuning/jobs");
                    request.Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
                    return request;
                },
                UpstreamParsing.Job, timeout, cancellationToken);
            span?.SetTag("openai.fine_tuning.job.id", created.Id);
            return new CreateJobOutcome.Created(created);
        }
        catch (ProviderException exception)
        {
            ProviderTelemetry.Fail(span, exception.Error);
            return Outcome(exception.Error);
        }
    }

    public Task<UpstreamJob?> GetJobAsync(string jobId, CancellationToken cancellationToken) =>
        TracedAsync("get_fine_tuning_job", jobId, () => connection.ReadAsync<UpstreamJob?>(JobPath(jobId), UpstreamParsing.Job, () => null, cancellationToken));

    public Task<UpstreamPage<UpstreamJob>> ListJobsAsync(IReadOnlyDictionary<string, string>? metadata, string? after, int limit, CancellationToken cancellationToken)
    {
        var filter = string.Concat((metadata ?? new Dictionary<string, string>()).Select(pair => $"&metadata%5B{Uri.EscapeDataString(pair.Key)}%5D={Uri.EscapeDataString(pair.Value)}"));
        return TracedAsync("list_fine_tuning_jobs", null, () => connection.ReadAsync(
            $"fine_tuning/jobs?{Paging(after, limit)}{filter}", json => UpstreamParsing.Page(json, UpstreamParsing.Job), null, cancellationToken));
    }

    public Task<UpstreamPage<UpstreamEvent>> ListEventsAsync(string jobId, string? after, int limit, CancellationToken cancellationToken) =>
        TracedAsync("list_fine_tuning_events", jobId, () => connection.ReadAsync(
            $"{JobPath(jobId)}/events?{Paging(after, limit)}", json => UpstreamParsing.Page(json, UpstreamParsing.Event), null, cancellationToken));

    public Task<IReadOnlyList<UpstreamCheckpoint>> ListCheckpointsAsync(string jobId, CancellationToken cancellationToken) =>
        TracedAsync("list_fine_tuning_checkpoints", jobId, () => AllAsync($"{JobPath(jobId)}/checkpoints?", PageSize, UpstreamParsing.Checkpoint, checkpoint => checkpoint.Id, cancellationToken));

    public Task<UpstreamJob?> CancelJobAsync(string jobId, CancellationToken cancellationToken) =>
        TracedAsync("cancel_fine_tuning_job", jobId, async () =>
        {
            try
            {
                return await connection.OnceAsync<UpstreamJob?>(() => connection.Request(HttpMethod.Post, $"{JobPath(jobId)}/cancel"), UpstreamParsing.Job, timeout, cancellationToken);
            }
            catch (ProviderException exception) when (exception.Kind == ProviderErrorKind.NotFound)
            {
                return null;
            }
        });

    public async Task<IReadOnlyList<UpstreamModel>> ListModelsAsync(CancellationToken cancellationToken) =>
        (await connection.ReadAsync("models", json => UpstreamParsing.Page(json, UpstreamParsing.Model), null, cancellationToken)).Items;

    /// <summary>
    /// Refused only by a status that says the request was read and rejected, not sent only where no byte of it left or a rate limit turned it away;
    /// a 5xx or a lost answer may hide a job.
    /// </summary>
    private static CreateJobOutcome Outcome(ProviderError error) => error switch
    {
        { Kind: ProviderErrorKind.Unreachable or ProviderErrorKind.RateLimited } => new CreateJobOutcome.NotSent(error),
        { Status: 301 or 302 or 307 or 308 or 400 or 401 or 403 or 404 or 405 or 413 or 415 or 422 } => new CreateJobOutcome.DefinitelyRefused(error),
        _ => new CreateJobOutcome.Unknown(error),
    };

    private async Task<IReadOnlyList<T>> AllAsync<T>(string path, int pageSize, Func<JsonElement, T> parse, Func<T, string> id, CancellationToken cancellationToken)
    {
        var all = new List<T>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (string? after = null; ;)
        {
            var separator = path.EndsWith('?') ? "" : "&";
            var page = await connection.ReadAsync($"{path}{separator}{Paging(after, pageSize)}", json => UpstreamParsing.Page(json, parse), null, cancellationToken);
            all.AddRange(page.Items.Where(item => seen.Add(id(item))));
            if (!page.HasMore || page.Items.Count == 0)
                return all;
            after = id(page.Items[^1]);
            if (all.Count >= pageSize * MostPages)
                throw new ProviderException(new(ProviderErrorKind.Malformed, null, null, $"Provider '{Provider.Name}' lists more than {pageSize * MostPages} items at {path}."));
        }
    }

    private async Task<T> TracedAsync<T>(string operation, string? jobId, Func<Task<T>> call)
    {
        using var span = ProviderTelemetry.Start(operation, Provider);
        span?.SetTag("openai.fine_tuning.job.id", jobId);
        try
        {
            return await call();
        }
        catch (ProviderException exception)
        {
            ProviderTelemetry.Fail(span, exception.Error);
            throw;
        }
    }

    private static string JobPath(string jobId) => $"fine_tuning/jobs/{Uri.EscapeDataString(jobId)}";

    private static string Paging(string? after, int limit) =>
        string.Create(CultureInfo.InvariantCulture, $"limit={limit}") + (after is null ? "" : $"&after={Uri.EscapeDataString(after)}");

    /// <summary>A stream whose length is known beforehand: not every server takes chunks, and a stream that ends early must not become a whole file.</summary>
    private sealed class SizedContent(Stream content, long length) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => content.CopyToAsync(stream);

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken) => content.CopyToAsync(stream, cancellationToken);

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}

namespace FineTuneAspire.ModelProvider.FineTuning;

/// <summary>
/// Files and fine-tuning jobs of one provider. Reads are retried with back-off; whatever creates something is sent exactly once,
/// because no provider of this protocol recognises a repeated create. All methods throw <see cref="ProviderException"/> unless they say otherwise.
/// </summary>
public interface IFineTuningClient
{
    ProviderInfo Provider { get; }

    /// <summary>Sends the stream as it is read; sent once. Look with <see cref="FindFilesAsync"/> before trying again.</summary>
    /// <param name="length">The bytes that the stream holds; another number fails the call.</param>
    Task<UpstreamFile> UploadFileAsync(Stream content, long length, string filename, string purpose, CancellationToken cancellationToken);

    /// <summary>All files of that exact name and purpose, newest first.</summary>
    Task<IReadOnlyList<UpstreamFile>> FindFilesAsync(string filename, string purpose, CancellationToken cancellationToken);

    /// <summary>The file's bytes; a result file that the provider sends base64-encoded is decoded. Dispose the stream.</summary>
    /// <exception cref="ProviderException">Also when the file is larger than <paramref name="maxBytes"/>.</exception>
    Task<MemoryStream> DownloadFileAsync(string fileId, long maxBytes, CancellationToken cancellationToken);

    /// <summary>Deleting what does not exist is no error.</summary>
    Task DeleteFileAsync(string fileId, CancellationToken cancellationToken);

    /// <summary>One HTTP attempt. Never throws for what a provider or the network does: every way it can end is an outcome.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled: the outcome is unknown.</exception>
    Task<CreateJobOutcome> CreateJobAsync(CreateUpstreamJob job, CancellationToken cancellationToken);

    /// <summary>Null when the provider does not know the job.</summary>
    Task<UpstreamJob?> GetJobAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>One page, newest first.</summary>
    /// <param name="metadata">Asks for jobs with these pairs. A provider may ignore it: check the jobs.</param>
    Task<UpstreamPage<UpstreamJob>> ListJobsAsync(IReadOnlyDictionary<string, string>? metadata, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>One page, newest first; `after` pages to older ones.</summary>
    Task<UpstreamPage<UpstreamEvent>> ListEventsAsync(string jobId, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>All checkpoints, newest first.</summary>
    Task<IReadOnlyList<UpstreamCheckpoint>> ListCheckpointsAsync(string jobId, CancellationToken cancellationToken);

    /// <summary>Sent once per call; safe to call again. Null when the provider does not know the job.</summary>
    Task<UpstreamJob?> CancelJobAsync(string jobId, CancellationToken cancellationToken);

    Task<IReadOnlyList<UpstreamModel>> ListModelsAsync(CancellationToken cancellationToken);
}

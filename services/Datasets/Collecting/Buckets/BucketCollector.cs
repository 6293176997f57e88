using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Outgoing;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting.Buckets;

/// <summary>`s3`: an object, or all under a prefix, of a bucket that the operator has configured; each becomes a file.</summary>
internal sealed class BucketCollector(IOptions<CollectingOptions> options, IOptions<StorageOptions> storage, TimeProvider clock) : ICollector, IDisposable
{
    private const int LongestKey = 1024;
    private const int Tries = 4;
    private readonly ConcurrentDictionary<string, AmazonS3Client> clients = new(StringComparer.Ordinal);

    public string Type => "s3";
    public IReadOnlyList<string> Fields => ["bucket", "key", "prefix"];

    public ApiError? Refuse(ImportSource source, string project)
    {
        if (source.Bucket is null || source.Key is null == source.Prefix is null)
            return ApiError.BadRequest("A source of the type 's3' needs 'source.bucket' and either 'source.key' or 'source.prefix'.", "source", "missing_required_parameter");
        // Another project's bucket looks as if there were none.
        if (!options.Value.Buckets.TryGetValue(source.Bucket, out var bucket) || bucket.Project != project)
            return ApiError.BadRequest($"There is no bucket '{FileName.Safe(source.Bucket)}' for this project. An operator can name one in the setting Collecting:Buckets.", "source.bucket", "bucket_not_allowed");
        if (source.Key is { } key && key.Length is 0 or > LongestKey)
            return ApiError.BadRequest($"'source.key' must have 1 to {LongestKey} characters.", "source.key");
        return source.Prefix?.Length > LongestKey ? ApiError.BadRequest($"'source.prefix' must have at most {LongestKey} characters.", "source.prefix") : null;
    }

    public async Task CollectAsync(CollectRun run, CancellationToken cancellationToken)
    {
        var bucket = options.Value.Buckets[run.Source.Bucket!];
        var client = clients.GetOrAdd(run.Source.Bucket!, name => Connect(name, bucket));
        try
        {
            var keys = run.Source.Key is { } key ? [key] : await ListAsync(client, bucket, run.Source.Prefix!, cancellationToken);
            foreach (var one in keys)
            {
                await TakeAsync(client, bucket, one, run, cancellationToken);
                run.Progress.Pages++;
            }
        }
        catch (AmazonS3Exception refused) when (OutgoingRefusedException.In(refused) is null)
        {
            throw new ImportException("s3_error", $"The store answers {(int)refused.StatusCode} {FileName.Safe(refused.ErrorCode ?? "")}. Check the key and, with the operator, the rights of the bucket's access key.");
        }
        catch (TransferException lost)
        {
            throw new ImportException(lost.Code, $"{lost.Message} It was tried several times; ask for the import again later, and tell the operator if it stays so.");
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync(AmazonS3Client client, BucketOptions bucket, string prefix, CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = bucket.Bucket, Prefix = prefix, MaxKeys = options.Value.MaxObjects + 1 };
        var answer = await AnswerAsync(client.ListObjectsV2Async(request, cancellationToken), cancellationToken);
        // What ends in a slash stands for a folder, and has no content.
        var keys = (answer.S3Objects ?? []).Where(one => one.Size > 0 && !one.Key.EndsWith('/')).Select(one => one.Key).ToList();
        if (keys.Count > options.Value.MaxObjects || answer.IsTruncated == true)
            throw new ImportException("too_many_objects", $"More than {options.Value.MaxObjects} objects have this prefix (Collecting:MaxObjects). Give a longer one.");
        return keys.Count > 0 ? keys : throw new ImportException("no_objects", "No object with content has this prefix.");
    }

    private async Task TakeAsync(AmazonS3Client client, BucketOptions bucket, string key, CollectRun run, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var answer = await AnswerAsync(client.GetObjectAsync(new GetObjectRequest { BucketName = bucket.Bucket, Key = key }, cancellationToken), cancellationToken);
                await using var raw = new RemoteStream(answer.ResponseStream, storage.Value.StallTimeout);
                await using var body = DecodedStream.Over(raw, answer.Headers.ContentEncoding is { Length: > 0 } encoding ? encoding.Split(',', StringSplitOptions.TrimEntries) : []);
                await run.TakeAsync(body, key[(key.LastIndexOf('/') + 1)..], cancellationToken);
                return;
            }
            catch (TransferException) when (attempt < Tries)
            {
                await Task.Delay(options.Value.RetryDelay * (1 << (attempt - 1)), clock, cancellationToken);
            }
        }
    }

    /// <summary>The client tries again by itself, and then lets the network's own exceptions through.</summary>
    private static async Task<T> AnswerAsync<T>(Task<T> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call;
        }
        catch (ArgumentException)
        {
            // The client wants to follow a redirect and finds that the address is none of Amazon's.
            throw new ImportException("redirect", "The store redirects elsewhere, which is not followed.");
        }
        catch (Exception lost) when (IsNetwork(lost) && OutgoingRefusedException.In(lost) is null && !cancellationToken.IsCancellationRequested)
        {
            throw new TransferException("unreachable", "The store does not answer.", lost);
        }
    }

    private static bool IsNetwork(Exception failure) => failure is IOException or HttpRequestException or OperationCanceledException or TimeoutException or AmazonClientException;

    /// <summary>The store is asked like any other host: through the guard, with the keys of the configuration and none of the environment.</summary>
    private AmazonS3Client Connect(string name, BucketOptions bucket) => new(new BasicAWSCredentials(bucket.AccessKey, bucket.SecretKey), new AmazonS3Config
    {
        ServiceURL = bucket.Endpoint,
        AuthenticationRegion = bucket.Region,
        ForcePathStyle = true,
        MaxErrorRetry = Tries - 1,
        Timeout = options.Value.AnswerTimeout,
        AllowAutoRedirect = false,
        IgnoreConfiguredEndpointUrls = true,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        HttpClientFactory = new Guarded(options.Value.CreateGuard(name)),
    });

    public void Dispose()
    {
        foreach (var client in clients.Values)
            client.Dispose();
    }

    private sealed class Guarded(OutgoingGuard guard) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => guard.CreateClient();
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;
using FineTuneAspire.ServiceDefaults.Errors;
using FineTuneAspire.ServiceDefaults.Faults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FineTuneAspire.Datasets.Files;

/// <summary>
/// The multipart body of an upload, read straight to disk in whatever order its parts come. Disposing it removes the bytes
/// unless they were kept.
/// </summary>
/// <param name="fileField">The form's part that holds the bytes: `file`, beside its purpose and expiry, or `data`, which comes alone.</param>
public sealed class UploadForm(string fileField, long maxBytes) : IAsyncDisposable
{
    public const string WholeFile = "file";
    private const int BufferBytes = 128 * 1024;
    private const int MaxFieldBytes = 4 * 1024;
    private const int MaxParts = 16;
    private const int LeastBytesPerSpan = 7_200;
    private const string Anchor = "expires_after[anchor]";
    private const string Seconds = "expires_after[seconds]";

    private readonly Dictionary<string, string> fields = [];

    public IncomingFile? File { get; private set; }
    public string Filename { get; private set; } = "";
    public string? Purpose => fields.GetValueOrDefault("purpose");
    public TimeSpan? ExpiresAfter { get; private set; }

    /// <returns>Null when the form was read, else why it is refused.</returns>
    public async Task<ApiError?> ReadAsync(HttpRequest request, FileStorage storage, StorageOptions options, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) ||
            HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 200 } boundary)
            return ApiError.BadRequest($"Send the upload as multipart/form-data with a boundary, with the part{(fileField == WholeFile ? "s `file` and `purpose`" : $" `{fileField}`")}.", fileField);
        if (request.Headers.ContentEncoding.Count > 0)
            return new ApiError(StatusCodes.Status415UnsupportedMediaType,
                new("A compressed upload is not accepted: send the file's bytes without Content-Encoding.", "invalid_request_error", fileField, "unsupported_content_encoding"));

        var reader = new MultipartReader(boundary.ToString(), request.Body, BufferBytes);
        for (var parts = 0; ; parts++)
        {
            var (section, broken) = await NextSectionAsync(reader, cancellationToken);
            if (broken is not null)
                return broken;
            if (section is null)
                return File is null ? ApiError.BadRequest($"Missing required parameter: '{fileField}'.", fileField, "missing_required_parameter") : ReadExpiry();
            if (parts == MaxParts)
                return ApiError.BadRequest($"The form has more than {MaxParts} parts.");

            var (name, filename) = Disposition.Parse(section.ContentDisposition);
            var refusal = name switch
            {
                _ when name == fileField && File is not null => ApiError.BadRequest($"The form has two parts named '{fileField}': upload one file per request.", fileField),
                _ when name == fileField => await ReadFileAsync(section, filename, request, storage, options, cancellationToken),
                "purpose" or Anchor or Seconds when fileField == WholeFile => await ReadFieldAsync(section, name, cancellationToken),
                _ => ApiError.BadRequest($"Unrecognized request argument supplied: {FileName.Safe(name)}", FileName.Safe(name), "unknown_parameter"),
            };
            if (refusal is not null)
                return refusal;
        }
    }

    private static async Task<(MultipartSection?, ApiError?)> NextSectionAsync(MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return (await reader.ReadNextSectionAsync(cancellationToken), null);
        }
        catch (Exception malformed) when (IsMalformed(malformed))
        {
            return (null, Malformed());
        }
    }

    private async Task<ApiError?> ReadFileAsync(
        MultipartSection section, string filename, HttpRequest request, FileStorage storage, StorageOptions options, CancellationToken cancellationToken)
    {
        FaultPoint.Reach("upload-headers");
        Filename = filename;
        File = storage.Receive();
        var inSpan = 0;
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(options.StallTimeout);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                int read;
                try
                {
                    read = await section.Body.ReadAsync(buffer, stall.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    request.HttpContext.Response.Headers.Connection = "close";
                    return new ApiError(StatusCodes.Status408RequestTimeout,
                        new("The upload stalled and was given up; nothing of it was kept. Upload the file again.", "invalid_request_error", fileField, "request_timeout"));
                }
                catch (Exception malformed) when (IsMalformed(malformed))
                {
                    return Malformed();
                }

                if (read == 0)
                    break;
                if ((inSpan += read) >= LeastBytesPerSpan)
                {
                    inSpan = 0;
                    stall.CancelAfter(options.StallTimeout);
                }

                if (File.Length + read > maxBytes)
                    return await RefuseTooLargeAsync(request, cancellationToken);

                var hadMiB = File.Length >= 1 << 20;
                await File.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                if (!hadMiB && File.Length >= 1 << 20)
                    FaultPoint.Reach("upload-1mib");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        FaultPoint.Reach("upload-last-byte");
        return null;
    }

    /// <summary>
    /// Frees the disk at once, then reads on to nowhere for a while: most HTTP clients look for the answer only after they have sent their
    /// whole body, and would report a broken connection instead of the 413.
    /// </summary>
    private async Task<ApiError> RefuseTooLargeAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        await DisposeAsync();
        File = null;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            for (long drained = 0; drained < maxBytes && (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0; drained += read)
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return TooLarge();
    }

    public ApiError TooLarge() => ApiError.TooLarge(FormattableString.Invariant(fileField == WholeFile
        ? (FormattableString)$"The file is larger than the limit of {maxBytes:N0} bytes for one request. Send it in parts: POST /v1/uploads."
        : $"The part is larger than the limit of {maxBytes:N0} bytes for one part. Send it as several."));

    private async Task<ApiError?> ReadFieldAsync(MultipartSection section, string name, CancellationToken cancellationToken)
    {
        var bytes = new byte[MaxFieldBytes + 1];
        int length;
        try
        {
            length = await section.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        }
        catch (Exception malformed) when (IsMalformed(malformed))
        {
            return Malformed();
        }

        if (length > MaxFieldBytes)
            return ApiError.BadRequest($"The part '{name}' is longer than {MaxFieldBytes} bytes.", name);
        return fields.TryAdd(name, Encoding.UTF8.GetString(bytes, 0, length)) ? null : ApiError.BadRequest($"The form has two parts named '{name}'.", name);
    }

    private ApiError? ReadExpiry()
    {
        if (!fields.TryGetValue(Seconds, out var text))
            return fields.ContainsKey(Anchor) ? ApiError.BadRequest($"Missing required parameter: '{Seconds}'.", Seconds, "missing_required_parameter") : null;
        if (fields.GetValueOrDefault(Anchor) != "created_at")
            return ApiError.BadRequest($"'{Anchor}' must be 'created_at'.", Anchor);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds is < 3600 or > 2_592_000)
            return ApiError.BadRequest($"'{Seconds}' must be a whole number from 3600 (one hour) to 2592000 (30 days).", Seconds);
        ExpiresAfter = TimeSpan.FromSeconds(seconds);
        return null;
    }

    // Kestrel's BadHttpRequestException is an IOException too; it names its own cause and status, so it flies.
    private static bool IsMalformed(Exception exception) => exception is InvalidDataException or (IOException and not BadHttpRequestException);

    private static ApiError Malformed() =>
        ApiError.BadRequest("The multipart body is broken: a part's headers or the closing boundary are missing or malformed.", "file", "invalid_multipart");

    public async ValueTask DisposeAsync()
    {
        if (File is not null)
            await File.DisposeAsync();
    }
}

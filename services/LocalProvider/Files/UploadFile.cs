using System.ComponentModel.DataAnnotations;
using System.Text;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace FineTuneAspire.LocalProvider.Files;

/// <summary>Section `Files`.</summary>
public sealed class FilesOptions
{
    public const string Section = "Files";

    /// <summary>The largest file that one upload may bring: 512 MB, as at OpenAI.</summary>
    [Range(1, 8L << 30, ErrorMessage = "Files:MaxUploadBytes must be from 1 to 8589934592 (8 GB).")]
    public long MaxUploadBytes { get; set; } = 512L << 20;
}

/// <summary>`POST /v1/files`: multipart/form-data with `file` and `purpose` in any order, streamed to disk.</summary>
internal static class UploadFile
{
    /// <summary>What a full-sized upload may have besides the file: the other parts, boundaries and headers.</summary>
    private const long FormOverhead = 64 << 10;

    private const int MaxFilename = 512;

    public static async Task<Results<Ok<FileObject>, ApiError>> Handle(HttpContext context, FileStore store, IOptions<FilesOptions> options, CancellationToken cancellationToken)
    {
        var (request, maxBytes) = (context.Request, options.Value.MaxUploadBytes);
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) ||
            HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and <= 200 } boundary)
            return ApiError.BadRequest("Send the file as multipart/form-data with the fields 'file' and 'purpose'.");
        if (request.ContentLength > maxBytes + FormOverhead)
            return TooLarge(maxBytes);
        // This route counts the file's own bytes; the server's general limit of 30 MB is for bodies that are read into memory.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;

        // The purpose may come after the file, so the bytes are on disk before it is known; leaving without a commit removes them.
        await using var unfinished = store.Create();
        string? filename = null, purpose = null;
        var reader = new MultipartReader(boundary.Value!, request.Body);
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    return ApiError.BadRequest("A part of the multipart body has no Content-Disposition with a name.");
                var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value;
                switch (name)
                {
                    case "file" when filename is not null:
                        return ApiError.BadRequest("Send one 'file' per request.", "file");
                    case "file":
                        filename = FilenameOf(disposition);
                        if (filename.Length > MaxFilename || filename.Contains('\0'))
                            return ApiError.BadRequest($"The file's name is longer than {MaxFilename} characters or contains U+0000.", "file");
                        if (!await CopyAsync(section.Body, unfinished.Stream, maxBytes, cancellationToken))
                            return TooLarge(maxBytes);
                        break;
                    case "purpose":
                        purpose = await ReadFieldAsync(section.Body, cancellationToken);
                        if (!Purposes.Accepted.Contains(purpose))
                            return ApiError.BadRequest($"'{purpose}' is not one of [{string.Join(", ", Purposes.Accepted.Select(known => $"'{known}'"))}] - 'purpose'", "purpose");
                        break;
                    default:
                        // expires_after above all: a file that was to vanish and stays is worse than a refusal.
                        return ApiError.BadRequest($"Unrecognized request argument supplied: {name}. This provider takes 'file' and 'purpose', and keeps files until they are deleted.", name, "unknown_parameter");
                }
            }
        }
        catch (Exception broken) when (broken is InvalidDataException || broken is IOException and not BadHttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            return ApiError.BadRequest($"The multipart body is broken: {broken.Message.Trim()}");
        }

        if (filename is null)
            return ApiError.BadRequest("'file' is a required property", "file");
        if (purpose is null)
            return ApiError.BadRequest("'purpose' is a required property", "purpose");
        return TypedResults.Ok(FileObject.From(await store.CommitAsync(unfinished, filename, purpose, cancellationToken)));
    }

    private static ApiError TooLarge(long maxBytes) => ApiError.TooLarge($"The file is larger than {maxBytes} bytes, the most that one upload may have.");

    private static string FilenameOf(ContentDispositionHeaderValue disposition)
    {
        // filename* is decoded by the parser; plain filename may carry raw UTF-8, as curl sends it.
        var name = disposition.FileNameStar.HasValue ? disposition.FileNameStar.Value : HeaderUtilities.RemoveQuotes(disposition.FileName).Value;
        return string.IsNullOrEmpty(name) ? "file" : name;
    }

    /// <summary>False when the part is larger than one upload may be.</summary>
    private static async Task<bool> CopyAsync(Stream from, Stream to, long maxBytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 16];
        long total = 0;
        int read;
        while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
        {
            total += read;
            if (total > maxBytes)
                return false;
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        return true;
    }

    private static async Task<string> ReadFieldAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = new byte[64];
        var read = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }
}

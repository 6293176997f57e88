using System.Text.Json.Serialization;

namespace FineTuneAspire.Contracts.Datasets.Api;

/// <summary>`POST /v1/imports`: has the server fetch data that lies elsewhere.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CreateImportRequest
{
    public required ImportSource Source { get; init; }
    /// <summary>Of the files that come of it, in OpenAI's words; null for `fine-tune`, and for pages `user_data`.</summary>
    public string? Purpose { get; init; }
    /// <summary>Of the file that comes of it, where it is one; null for the source's own name.</summary>
    public string? Filename { get; init; }
}

/// <summary>Where from. Each `type` wants fields of its own and refuses those of the others.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ImportSource
{
    /// <summary>`url`, `web`, `folder` or `s3`.</summary>
    public required string Type { get; init; }
    /// <summary>`url`: the https address of one file.</summary>
    public string? Url { get; init; }
    /// <summary>`web`: the https addresses of pages.</summary>
    public IReadOnlyList<string>? Urls { get; init; }
    /// <summary>`web`: the https address of a sitemap (or of an index of sitemaps), instead of `urls`.</summary>
    public string? Sitemap { get; init; }
    /// <summary>`web`: how many of the pages at most; null for the operator's limit.</summary>
    public int? MaxPages { get; init; }
    /// <summary>`folder`: the name of a folder that the operator has configured.</summary>
    public string? Folder { get; init; }
    /// <summary>`folder`: a file in it, with `/` between folders.</summary>
    public string? Path { get; init; }
    /// <summary>`s3`: the name of a bucket that the operator has configured.</summary>
    public string? Bucket { get; init; }
    /// <summary>`s3`: the object's key.</summary>
    public string? Key { get; init; }
    /// <summary>`s3`: the beginning of the keys of several objects, each of which becomes a file, instead of `key`.</summary>
    public string? Prefix { get; init; }
}

/// <summary>`status`: `queued`, `running`, and for good `completed` (and then `files` names what came of it), `failed` (then `error` is set) or `cancelled`.</summary>
public sealed record ImportObject
{
    public required string Id { get; init; }
    public string Object { get; init; } = "import";
    public required string Status { get; init; }
    public required ImportSource Source { get; init; }
    public required string Purpose { get; init; }
    public required long CreatedAt { get; init; }
    public required long? EndedAt { get; init; }
    public required ImportProgress Progress { get; init; }
    /// <summary>Ids of file objects; empty until the import is completed.</summary>
    public required IReadOnlyList<string> Files { get; init; }
    public required ImportError? Error { get; init; }
}

/// <param name="Bytes">Received so far; of a try that was given up they are counted anew.</param>
/// <param name="Pages">Pages, or files of a bucket, taken so far.</param>
/// <param name="Skipped">Pages left out: forbidden by robots.txt, no HTML, without text, not found, …</param>
/// <param name="SkippedBecause">How many for which reason, as stable words.</param>
public sealed record ImportProgress(long Bytes, int Pages, int Skipped, IReadOnlyDictionary<string, int> SkippedBecause);

/// <param name="Code">A stable word, for example `host_not_allowed`, `http_404`, `too_large`.</param>
public sealed record ImportError(string Code, string Message);

public sealed record ImportList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<ImportObject> Data { get; init; }
    public required string? FirstId { get; init; }
    public required string? LastId { get; init; }
    public required bool HasMore { get; init; }
}

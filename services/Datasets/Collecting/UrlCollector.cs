using System.Net;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.ServiceDefaults.Errors;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>`url`: one file at an https address.</summary>
internal sealed class UrlCollector(Download download) : ICollector
{
    public const int LongestAddress = 8_000;

    public string Type => "url";
    public IReadOnlyList<string> Fields => ["url"];

    public ApiError? Refuse(ImportSource source, string project) =>
        source.Url is { } url ? RefuseAddress(download, url, "source.url") : ApiError.BadRequest("Missing required parameter: 'source.url'.", "source.url", "missing_required_parameter");

    public static ApiError? RefuseAddress(Download download, string text, string param)
    {
        if (text.Length > LongestAddress || !Uri.TryCreate(text, UriKind.Absolute, out var address))
            return ApiError.BadRequest($"'{param}' must be an absolute https address of at most {LongestAddress} characters.", param);
        return download.Refuse(address) is { } reason ? ApiError.BadRequest(reason, param, Download.NotAllowed) : null;
    }

    public async Task CollectAsync(CollectRun run, CancellationToken cancellationToken)
    {
        var address = new Uri(run.Source.Url!);
        try
        {
            await download.GetAsync(address, "*/*", async (answer, body) =>
            {
                Check(answer);
                await run.TakeAsync(body, NameOf(answer, address), cancellationToken);
                return true;
            }, cancellationToken);
        }
        catch (TransferException failed)
        {
            throw new ImportException(failed.Code, $"{failed.Message} It was tried several times; ask for the import again later.");
        }
    }

    private static void Check(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        if (status is >= 300 and < 400)
            throw new ImportException("redirect", "The address redirects, which is not followed. Name the address that it leads to.");
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new ImportException($"http_{status}", $"The server answers {status}. Check the address, and that it can be read without a login.");
    }

    private static string NameOf(HttpResponseMessage answer, Uri address)
    {
        var given = answer.Content.Headers.ContentDisposition is { } disposition ? disposition.FileNameStar ?? disposition.FileName?.Trim('"') : null;
        return string.IsNullOrWhiteSpace(given) ? Uri.UnescapeDataString(address.Segments[^1]) : given;
    }
}

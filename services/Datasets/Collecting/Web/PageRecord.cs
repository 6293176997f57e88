using System.Buffers;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FineTuneAspire.Datasets.Collecting.Web;

/// <summary>One collected page as a line of JSON: its text, and all that is needed to say later where it came from.</summary>
internal static class PageRecord
{
    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(Uri address, HttpResponseMessage answer, byte[] html, PageText page, DateTimeOffset fetchedAt)
    {
        var line = new ArrayBufferWriter<byte>(page.Text.Length + 1024);
        using (var json = new Utf8JsonWriter(line, Written))
        {
            json.WriteStartObject();
            json.WriteString("url", address.AbsoluteUri);
            json.WriteString("canonical_url", page.Canonical);
            json.WriteString("title", page.Title);
            json.WriteString("text", page.Text);
            json.WriteString("language", page.Language);
            json.WriteString("author", page.Author);
            json.WriteString("published_at", page.PublishedAt);
            json.WriteString("license", page.License);
            json.WriteString("fetched_at", fetchedAt.UtcDateTime);
            json.WriteNumber("status", (int)answer.StatusCode);
            json.WriteString("content_type", answer.Content.Headers.ContentType?.ToString());
            json.WriteString("etag", answer.Headers.ETag?.ToString());
            json.WriteString("last_modified", answer.Content.Headers.LastModified?.UtcDateTime.ToString("O"));
            // Of the page as it was sent, unpacked.
            json.WriteString("sha256", Convert.ToHexStringLower(SHA256.HashData(html)));
            json.WriteNumber("bytes", html.Length);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }
}

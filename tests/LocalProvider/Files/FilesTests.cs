using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace FineTuneAspire.LocalProvider.Tests.Files;

public sealed class FilesTests : IAsyncLifetime
{
    private const int MaxBytes = 1 << 20;
    private readonly Provider _provider = Provider.Start(settings: new Dictionary<string, string> { ["Files:MaxUploadBytes"] = MaxBytes.ToString() });

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task Keeps_bytes_as_they_came_and_answers_as_openai_does()
    {
        byte[] bytes = [0, 255, 13, 10, .. "no JSON at all"u8];
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new ByteArrayContent(bytes), "file", "größe.jsonl" } };
        var file = JsonNode.Parse(await (await _provider.Http.PostAsync("files", form)).Content.ReadAsStringAsync())!.AsObject();

        var (id, created) = ((string)file["id"]!, (long)file["created_at"]!);
        Assert.Matches("^file-[0-9a-f]{32}$", id);
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse($$"""{"object":"file","id":"{{id}}","purpose":"fine-tune","filename":"größe.jsonl","bytes":18,"created_at":{{created}},"expires_at":null,"status":"processed","status_details":null}"""),
            file), file.ToJsonString());
        Assert.True(JsonNode.DeepEquals(file, await _provider.GetAsync($"files/{id}")));
        Assert.Equal(bytes, await _provider.Http.GetByteArrayAsync($"files/{id}/content"));
    }

    [Fact]
    public async Task Takes_a_file_whose_purpose_comes_after_it_as_curl_may_send_it()
    {
        var response = await PostRawAsync("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\nContent-Type: application/octet-stream\r\n\r\nabc\r\n--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--b--\r\n");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"bytes\":3", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deletes_a_file_and_its_bytes()
    {
        var id = await _provider.UploadAsync("abc");
        var deleted = await (await _provider.Http.DeleteAsync($"files/{id}")).Content.ReadAsStringAsync();
        Assert.Equal($$"""{"id":"{{id}}","object":"file","deleted":true}""", deleted);
        foreach (var request in new[] { _provider.Http.GetAsync($"files/{id}"), _provider.Http.GetAsync($"files/{id}/content"), _provider.Http.DeleteAsync($"files/{id}") })
        {
            var response = await request;
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal($$$"""{"error":{"message":"No such File object: {{{id}}}","type":"invalid_request_error","param":"id","code":null}}""", await response.Content.ReadAsStringAsync());
        }

        Assert.Empty(StoredBytes());
    }

    [Fact]
    public async Task Lists_files_by_page_order_and_purpose()
    {
        var a = await _provider.UploadAsync("a");
        var b = await _provider.UploadAsync("b", "assistants");
        var c = await _provider.UploadAsync("c");

        Assert.Equal([c, b, a], await IdsAsync("files"));
        Assert.Equal([c, a], await IdsAsync("files?purpose=fine-tune"));
        Assert.Equal([a, b], await IdsAsync("files?order=asc&limit=2", hasMore: true));
        Assert.Equal([c], await IdsAsync($"files?order=asc&limit=2&after={b}"));
        Assert.Equal([b], await IdsAsync($"files?limit=1&after={c}", hasMore: true));
        foreach (var bad in new[] { "limit=0", "limit=10001", "order=up", "after=file-none" })
            Assert.Equal(HttpStatusCode.BadRequest, (await _provider.Http.GetAsync($"files?{bad}")).StatusCode);
    }

    [Fact]
    public async Task Refuses_an_unknown_purpose_in_openais_words()
    {
        var response = await PostAsync("world_domination", "abc"u8.ToArray());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("'world_domination' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - 'purpose'",
            (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["message"]!);
        Assert.Empty(StoredBytes());
    }

    [Theory]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--b--\r\n", "'file' is a required property")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc\r\n--b--\r\n", "'purpose' is a required property")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc\r\n--b--\r\n", "one 'file' per request")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"expires_after[anchor]\"\r\n\r\ncreated_at\r\n--b--\r\n", "expires_after[anchor]")]
    [InlineData("--b\r\nX: y\r\n\r\nabc\r\n--b--\r\n", "no Content-Disposition")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc", "broken")]
    [InlineData("not multipart at all", "broken")]
    public async Task Refuses_a_broken_form(string body, string message)
    {
        var response = await PostRawAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(message, (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Empty(StoredBytes());
    }

    [Fact]
    public async Task Refuses_a_body_that_is_no_form() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _provider.SendAsync("files", "{}")).StatusCode);

    [Fact]
    public async Task Takes_a_file_of_exactly_the_largest_size() =>
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("fine-tune", new byte[MaxBytes])).StatusCode);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refuses_a_larger_file_with_413_and_keeps_nothing_of_it(bool chunked)
    {
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new ByteArrayContent(new byte[MaxBytes + 1]), "file", "a.jsonl" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "files") { Content = form };
        request.Headers.TransferEncodingChunked = chunked;
        var response = await _provider.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("request_too_large", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(StoredBytes());
    }

    [Fact]
    public async Task Refuses_600_megabytes_before_reading_them()
    {
        await using var provider = Provider.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, "files") { Content = new StreamContent(new EndlessZeros()) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        request.Content.Headers.ContentLength = 600L << 20;
        request.Headers.ExpectContinue = true;
        var response = await provider.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("536870912", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private string[] StoredBytes() => Directory.GetFiles(Path.Combine(_provider.Folder, "files"));

    private Task<HttpResponseMessage> PostAsync(string purpose, byte[] bytes) =>
        _provider.Http.PostAsync("files", new MultipartFormDataContent { { new StringContent(purpose), "purpose" }, { new ByteArrayContent(bytes), "file", "a.jsonl" } });

    private Task<HttpResponseMessage> PostRawAsync(string body) =>
        _provider.Http.PostAsync("files", new StringContent(body, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b") } });

    private async Task<string[]> IdsAsync(string path, bool hasMore = false)
    {
        var list = await _provider.GetAsync(path);
        string[] ids = [.. list["data"]!.AsArray().Select(file => (string)file!["id"]!)];
        Assert.Equal((ids[0], ids[^1], hasMore), ((string)list["first_id"]!, (string)list["last_id"]!, (bool)list["has_more"]!));
        return ids;
    }

    private sealed class EndlessZeros : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => count;
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

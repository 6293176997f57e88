using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Files;

public class HostileUploadTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    private const long Limit = 512L * 1024 * 1024;

    [Fact]
    public async Task A_file_over_512_MB_is_refused_with_413_and_nothing_of_it_is_kept()
    {
        await using var own = await DatasetsService.StartAsync();
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new Zeros(Limit + 1), "file", "big.jsonl" } };
        using var answer = await own.First.PostAsync("/v1/files", form);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal("request_too_large", body.RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(own.Incoming());
        Assert.Empty(own.Objects());
    }

    [Fact]
    public async Task A_declared_length_of_gigabytes_is_refused_unread()
    {
        using var socket = await OpenAsync();
        await socket.SendAsync(Head(5L << 30));

        Assert.StartsWith("HTTP/1.1 413", await ReadSomeAsync(socket));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_that_is_cut_or_stalls_leaves_nothing(bool cut)
    {
        await using var own = await DatasetsService.StartAsync(("Storage:StallTimeout", "00:00:05"));
        using (var socket = await OpenAsync(own.BaseAddress))
        {
            await socket.SendAsync(Head(10 << 20));
            await socket.SendAsync(Encoding.ASCII.GetBytes("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"));
            await socket.SendAsync(new byte[2 << 20]);
            await Eventually.True(() => own.Incoming().Length == 1, because: "the upload has begun");
            if (cut)
                socket.Close(0);
            await Eventually.True(() => own.Incoming().Length == 0, TimeSpan.FromSeconds(60), "the temporary file is gone");
        }

        Assert.Empty(own.Objects());
        Assert.Equal(0, await own.Database.ScalarAsync<long>("SELECT count(*) FROM files"));
    }

    public static TheoryData<string, string> Names => new()
    {
        { "../../x.jsonl", "x.jsonl" },
        { "..\\x.jsonl", "x.jsonl" },
        { "C:\\data\\x.jsonl", "x.jsonl" },
        { "/etc/passwd", "passwd" },
        { "a\0b.jsonl", "a_b.jsonl" },
        { "a\u0007b\u001b[31m.jsonl", "a_b_[31m.jsonl" },
        { "exe.\u202Elnosj", "exe._lnosj" },
        { "a\u2028b", "a_b" },
        { "CON", "CON" },
        { "-rf", "-rf" },
        { ".", "upload" },
        { "..", "upload" },
        { "", "upload" },
        { "a;filename=b", "a;filename=b" },
        { "a b\tc", "a b_c" },
        { "50%.jsonl", "50%.jsonl" },
        { "größe 漢字 👩‍👩‍👧.jsonl", "größe 漢字 👩‍👩‍👧.jsonl" },
        { new string('n', 300) + ".jsonl", new string('n', 249) + ".jsonl" },
        { string.Concat(Enumerable.Repeat("ü", 200)) + ".jsonl", string.Concat(Enumerable.Repeat("ü", 124)) + ".jsonl" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_file_name_is_only_text_and_safe_in_a_header(string name, string expected)
    {
        var before = Directory.GetFiles(service.Folder, "*", SearchOption.AllDirectories).Length;
        // As a browser writes it: raw UTF-8 between quotes.
        var body = Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\nname test {expected}\r\n--b--\r\n");
        var file = await DatasetsService.ReadAsync<FileObject>(await PostRawAsync(body));

        Assert.Equal(expected, file.Filename);
        using var content = await service.First.GetAsync($"/v1/files/{file.Id}/content");
        Assert.Equal("attachment", content.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(expected, content.Content.Headers.ContentDisposition.FileNameStar);
        Assert.Equal($"name test {expected}", await content.Content.ReadAsStringAsync());
        Assert.InRange(Directory.GetFiles(service.Folder, "*", SearchOption.AllDirectories).Length, before, before + 1);
        Assert.All(service.Objects(), stored => Assert.Matches("^[0-9a-f]{64}$", stored));
    }

    [Theory]
    [InlineData("form-data; name=file; filename=t.jsonl; filename*=utf-8''t%20%C3%BC.jsonl", "t ü.jsonl")]
    [InlineData("form-data; name=\"file\"; filename=t.jsonl", "t.jsonl")]
    [InlineData("form-data; name=\"file\"; filename=\"a\\\"b\\\\c.jsonl\"", "c.jsonl")]
    [InlineData("form-data; name=\"file\"; filename=\"=?utf-8?B?w7wuanNvbmw=?=\"", "ü.jsonl")]
    [InlineData("form-data; name=\"file\"", "upload")]
    public async Task Reads_a_file_name_however_clients_write_it(string disposition, string expected)
    {
        var body = Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: {disposition}\r\n\r\nx\r\n--b\r\nContent-Disposition: form-data; name=purpose\r\n\r\nfine-tune\r\n--b--\r\n");
        var file = await DatasetsService.ReadAsync<FileObject>(await PostRawAsync(body));

        Assert.Equal(expected, file.Filename);
    }

    [Theory]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nno closing boundary", 400, "invalid_multipart")]
    [InlineData("no boundary at all", 400, "invalid_multipart")]
    [InlineData("", 400, "invalid_multipart")]
    [InlineData("--b--\r\n", 400, "missing_required_parameter")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--b--\r\n", 400, "missing_required_parameter")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n", 400, "missing_required_parameter")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"project\"\r\n\r\nother\r\n--b--\r\n", 400, "unknown_parameter")]
    [InlineData("--b\r\nNo colon here\r\n\r\nx\r\n--b--\r\n", 400, "invalid_multipart")]
    public async Task A_broken_form_is_refused_in_OpenAIs_error_object(string body, int status, string code)
    {
        var before = service.Objects().Length;
        using var answer = await PostRawAsync(Encoding.UTF8.GetBytes(body));

        using var error = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal((status, code), ((int)answer.StatusCode, error.RootElement.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(before, service.Objects().Length);
    }

    [Fact]
    public async Task A_compressed_upload_and_a_body_that_is_no_form_are_refused()
    {
        using var form = new MultipartFormDataContent { { new StringContent("fine-tune"), "purpose" }, { new ByteArrayContent([1]), "file", "a" } };
        form.Headers.ContentEncoding.Add("gzip");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await service.First.PostAsync("/v1/files", form)).StatusCode);
        var json = await service.SendAsync(HttpMethod.Post, "/v1/files", new { purpose = "fine-tune" });
        Assert.True(json.Status is HttpStatusCode.BadRequest or HttpStatusCode.UnsupportedMediaType, json.ToString());
        Assert.Contains("\"error\"", json.Body);
    }

    private async Task<HttpResponseMessage> PostRawAsync(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");
        return await service.First.PostAsync("/v1/files", content);
    }

    private async Task<Socket> OpenAsync(Uri? address = null)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync((address ?? service.BaseAddress).Host, (address ?? service.BaseAddress).Port);
        return socket;
    }

    private static byte[] Head(long length) => Encoding.ASCII.GetBytes(
        $"POST /v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {DatasetsService.FirstKey}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n");

    private static async Task<string> ReadSomeAsync(Socket socket)
    {
        var buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer));
    }

    private sealed class Zeros(long length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var buffer = new byte[1 << 20];
            for (var left = length; left > 0; left -= buffer.Length)
                await stream.WriteAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)));
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
